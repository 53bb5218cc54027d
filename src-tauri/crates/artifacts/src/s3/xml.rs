//! The few XML documents of S3 that are read and written here. Fields that no caller needs are left out, and unknown
//! ones are skipped, since servers differ in what they add.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ErrorBody {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Initiated {
    pub upload_id: String,
}

/// Of `CopyObject` and `UploadPartCopy`.
#[derive(Debug, Deserialize)]
pub struct Copied {
    #[serde(rename = "ETag")]
    pub etag: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ObjectPage {
    pub is_truncated: bool,
    pub next_continuation_token: Option<String>,
    pub contents: Vec<Object>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Object {
    pub key: String,
    #[serde(default)]
    pub size: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UploadPage {
    pub is_truncated: bool,
    pub next_key_marker: Option<String>,
    pub next_upload_id_marker: Option<String>,
    #[serde(rename = "Upload")]
    pub uploads: Vec<Upload>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Upload {
    pub key: String,
    pub upload_id: String,
    #[serde(default)]
    initiated: String,
}

impl Upload {
    /// By the server's clock; `None` where it does not tell.
    pub fn began(&self) -> Option<SystemTime> {
        let told = OffsetDateTime::parse(&self.initiated, &Rfc3339).ok()?;
        Some(told.into())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PartPage {
    pub is_truncated: bool,
    pub next_part_number_marker: Option<u32>,
    #[serde(rename = "Part")]
    pub parts: Vec<ListedPart>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedPart {
    pub part_number: u32,
    /// Some servers leave it out of the list.
    #[serde(rename = "ETag", default)]
    pub etag: String,
    #[serde(default)]
    pub size: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename = "CompleteMultipartUpload")]
pub struct Complete {
    #[serde(rename = "Part")]
    pub parts: Vec<CompletePart>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CompletePart {
    pub part_number: u32,
    #[serde(rename = "ETag")]
    pub etag: String,
}

/// The error inside a body, whether the status admits it or not: S3 may answer 200 and then fail.
pub fn error_in(body: &str) -> Option<ErrorBody> {
    body.contains("<Error>")
        .then(|| quick_xml::de::from_str(body).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pages_are_read_whatever_else_they_hold() {
        let page: ObjectPage = quick_xml::de::from_str(
            r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>a&amp;b</Key><Size>5</Size></Contents><Contents><Key>c</Key><Size>0</Size></Contents></ListBucketResult>"#,
        )
        .unwrap();
        assert!(page.is_truncated);
        assert_eq!(page.contents[0].key, "a&b");
        assert_eq!(page.contents.len(), 2);
        let none: PartPage =
            quick_xml::de::from_str("<ListPartsResult></ListPartsResult>").unwrap();
        assert!(none.parts.is_empty());
        let error = error_in("<Error><Code>SlowDown</Code></Error>").unwrap();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("SlowDown", "")
        );
        assert!(error_in("<CopyObjectResult/>").is_none());
    }

    #[test]
    fn a_completion_names_its_parts() {
        let body = quick_xml::se::to_string(&Complete {
            parts: vec![CompletePart {
                part_number: 1,
                etag: "\"e\"".into(),
            }],
        });
        assert_eq!(
            body.unwrap(),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"e\"</ETag></Part></CompleteMultipartUpload>"
        );
    }
}
