//! Compiles `proto/onnx/*.proto` to Rust, with no `protoc` on the machine.

use prost_build::Config;

/// Where a tensor's weights lie when they are written as numbers instead of `raw_data`.
const NUMBER_FIELDS: [&str; 5] = [
    "float_data",
    "int32_data",
    "int64_data",
    "double_data",
    "uint64_data",
];
/// `FieldDescriptorProto.Type.TYPE_BYTES` of `google/protobuf/descriptor.proto`.
const TYPE_BYTES: i32 = 12;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut files = protox::compile(["onnx/onnx-ml.proto", "onnx/onnx-data.proto"], ["proto"])?;

    // A packed repeated number and a bytes field are the same on the wire. Read as bytes, weights stay in the memory map
    // and are never copied: opening a model must not load it, however its writer stored the numbers.
    for file in &mut files.file {
        for message in file
            .message_type
            .iter_mut()
            .filter(|message| message.name() == "TensorProto")
        {
            for field in &mut message.field {
                if NUMBER_FIELDS.contains(&field.name()) {
                    field.r#type = Some(TYPE_BYTES);
                    field.options = None;
                }
            }
        }
    }
    Config::new().bytes(["."]).compile_fds(files)?;
    Ok(())
}
