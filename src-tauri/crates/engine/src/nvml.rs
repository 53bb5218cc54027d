//! What NVIDIA's driver says of its devices, by its management library (NVML), which is loaded at run time where there is
//! one. Structures and names follow NVML's API reference (`nvml.h`, versions `_v2` since driver 396).

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulonglong, c_void};

use libloading::{Library, Symbol};
use serde::{Deserialize, Serialize};
use specta_typescript::Number;

#[cfg(target_os = "windows")]
const LIBRARY: &str = "nvml.dll";
#[cfg(not(target_os = "windows"))]
const LIBRARY: &str = "libnvidia-ml.so.1";

/// Every device, and the driver; or why there is nothing to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GpuReport {
    pub driver: Option<String>,
    pub devices: Vec<GpuDevice>,
    /// Why no device is listed.
    pub absent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct GpuDevice {
    pub name: String,
    #[specta(type = Number)]
    pub memory_bytes: u64,
    /// Taken by all processes.
    #[specta(type = Number)]
    pub used_bytes: u64,
    /// Per cent of the last sample period in which a kernel ran.
    pub busy_percent: Option<u32>,
}

/// Asks the driver. Takes milliseconds; without a driver, nothing.
#[must_use]
pub fn read() -> GpuReport {
    ask().unwrap_or_else(|absent| GpuReport {
        absent: Some(absent),
        ..GpuReport::default()
    })
}

#[repr(C)]
#[derive(Default)]
struct MemoryInfo {
    total: c_ulonglong,
    free: c_ulonglong,
    used: c_ulonglong,
}

#[repr(C)]
#[derive(Default)]
struct Utilisation {
    gpu: c_uint,
    memory: c_uint,
}

type Device = *mut c_void;
type Plain = unsafe extern "C" fn() -> c_int;
type Text = unsafe extern "C" fn(*mut c_char, c_uint) -> c_int;
type Count = unsafe extern "C" fn(*mut c_uint) -> c_int;
type Handle = unsafe extern "C" fn(c_uint, *mut Device) -> c_int;
type Name = unsafe extern "C" fn(Device, *mut c_char, c_uint) -> c_int;
type Memory = unsafe extern "C" fn(Device, *mut MemoryInfo) -> c_int;
type Rates = unsafe extern "C" fn(Device, *mut Utilisation) -> c_int;

const TEXT_BYTES: usize = 96;

#[allow(unsafe_code)]
fn ask() -> Result<GpuReport, String> {
    // SAFETY: the driver's own library, by the name under which it is installed; loading runs its initialisers.
    let library = unsafe { Library::new(LIBRARY) }
        .map_err(|_| format!("no NVIDIA driver: {LIBRARY} is not installed"))?;
    let init: Symbol<'_, Plain> = function(&library, b"nvmlInit_v2\0")?;
    let shutdown: Symbol<'_, Plain> = function(&library, b"nvmlShutdown\0")?;
    // SAFETY: nvmlInit_v2 takes nothing and may be called by any thread; it is paired with nvmlShutdown below.
    said(unsafe { init() }, "nvmlInit_v2")?;
    let report = devices(&library);
    // SAFETY: after a successful nvmlInit_v2.
    let _ = unsafe { shutdown() };
    report
}

#[allow(unsafe_code)]
fn devices(library: &Library) -> Result<GpuReport, String> {
    let driver: Symbol<'_, Text> = function(library, b"nvmlSystemGetDriverVersion\0")?;
    let count: Symbol<'_, Count> = function(library, b"nvmlDeviceGetCount_v2\0")?;
    let handle: Symbol<'_, Handle> = function(library, b"nvmlDeviceGetHandleByIndex_v2\0")?;
    let mut text: [c_char; TEXT_BYTES] = [0; TEXT_BYTES];
    // SAFETY: the buffer is as long as is said.
    let told = unsafe { driver(text.as_mut_ptr(), TEXT_BYTES as c_uint) };
    let driver = said(told, "nvmlSystemGetDriverVersion")
        .ok()
        .map(|()| read_text(&text));
    let mut found = 0;
    // SAFETY: a plain out-parameter.
    said(unsafe { count(&raw mut found) }, "nvmlDeviceGetCount_v2")?;
    let mut devices = Vec::new();
    for index in 0..found {
        let mut device: Device = std::ptr::null_mut();
        // SAFETY: a plain out-parameter; the handle is the library's own and stays valid until nvmlShutdown.
        let told = unsafe { handle(index, &raw mut device) };
        if said(told, "nvmlDeviceGetHandleByIndex_v2").is_ok() {
            devices.push(one(library, device)?);
        }
    }
    let absent = devices
        .is_empty()
        .then(|| "the NVIDIA driver knows no device".to_owned());
    Ok(GpuReport {
        driver,
        devices,
        absent,
    })
}

#[allow(unsafe_code)]
fn one(library: &Library, device: Device) -> Result<GpuDevice, String> {
    let name: Symbol<'_, Name> = function(library, b"nvmlDeviceGetName\0")?;
    let memory: Symbol<'_, Memory> = function(library, b"nvmlDeviceGetMemoryInfo\0")?;
    let rates: Symbol<'_, Rates> = function(library, b"nvmlDeviceGetUtilizationRates\0")?;
    let mut text: [c_char; TEXT_BYTES] = [0; TEXT_BYTES];
    let mut info = MemoryInfo::default();
    let mut busy = Utilisation::default();
    // SAFETY: `device` came from this library; the buffer is as long as is said, the structures are NVML's own layout.
    let (named, measured, rated) = unsafe {
        (
            name(device, text.as_mut_ptr(), TEXT_BYTES as c_uint),
            memory(device, &raw mut info),
            rates(device, &raw mut busy),
        )
    };
    said(named, "nvmlDeviceGetName")?;
    said(measured, "nvmlDeviceGetMemoryInfo")?;
    Ok(GpuDevice {
        name: read_text(&text),
        memory_bytes: info.total,
        used_bytes: info.used,
        busy_percent: (rated == 0).then_some(busy.gpu),
    })
}

#[allow(unsafe_code)]
fn function<'l, T>(library: &'l Library, name: &[u8]) -> Result<Symbol<'l, T>, String> {
    // SAFETY: the types above are those of nvml.h for these names.
    unsafe { library.get(name) }.map_err(|_| format!("{LIBRARY} is too old to be asked"))
}

fn said(code: c_int, call: &str) -> Result<(), String> {
    if code == 0 {
        Ok(())
    } else {
        Err(format!("the NVIDIA driver refused {call} with code {code}"))
    }
}

#[allow(unsafe_code)]
fn read_text(text: &[c_char; TEXT_BYTES]) -> String {
    // SAFETY: the buffer began as zeros and NVML ends what it writes with one; the last byte is never needed by a name.
    unsafe { CStr::from_ptr(text.as_ptr()) }
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_driver_the_reason_is_told() {
        let report = read();
        assert_eq!(report.absent.is_some(), report.devices.is_empty());
        if let Some(absent) = &report.absent {
            assert!(absent.contains("NVIDIA"), "{absent}");
            eprintln!("no device is read: {absent}");
        }
    }
}
