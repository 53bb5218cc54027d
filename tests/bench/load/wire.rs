//! HTTP/1.1 over one kept connection, with no more than a load driver needs.

use std::fmt;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Where a server is.
#[derive(Debug, Clone)]
pub struct Wire {
    host: String,
}

/// A request whose head still lacks what every head has.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub body: Vec<u8>,
    /// Bytes of zeros in place of a body in memory.
    pub zeros: usize,
}

#[derive(Debug)]
pub enum Failure {
    Io(std::io::Error),
    /// The server said no, or something that is not HTTP.
    Answer(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Answer(text) => f.write_str(text),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

pub struct Connection {
    host: String,
    stream: TcpStream,
    /// What was read and not yet used.
    ahead: Vec<u8>,
    out: Vec<u8>,
}

impl Wire {
    pub fn parse(address: &str) -> Result<Self, Failure> {
        let host = address
            .strip_prefix("http://")
            .map(|h| h.trim_end_matches('/'));
        let host =
            host.ok_or_else(|| Failure::Answer(format!("'{address}' is no http:// address")))?;
        Ok(Self {
            host: host.to_owned(),
        })
    }

    pub async fn connect(&self) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(&self.host).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            host: self.host.clone(),
            stream,
            ahead: Vec::with_capacity(64 * 1024),
            out: Vec::with_capacity(128 * 1024),
        })
    }

    /// One request on a connection of its own, for preparations.
    pub async fn ask(&self, request: &Request) -> Result<Value, Failure> {
        let mut answer = Vec::new();
        self.connect()
            .await?
            .send(request, Some(&mut answer))
            .await?;
        serde_json::from_slice(&answer)
            .map_err(|e| Failure::Answer(format!("{}: {e}", request.path)))
    }
}

static ZEROS: [u8; 256 * 1024] = [0; 256 * 1024];

impl Connection {
    /// Sends and reads the whole answer; returns its length. Anything but 200 is a failure.
    pub async fn send(
        &mut self,
        request: &Request,
        keep: Option<&mut Vec<u8>>,
    ) -> Result<usize, Failure> {
        let length = request.body.len() + request.zeros;
        self.out.clear();
        self.out.extend_from_slice(
            format!(
                "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
                request.method, request.path, self.host
            )
            .as_bytes(),
        );
        self.out.extend_from_slice(&request.body);
        self.stream.write_all(&self.out).await?;
        let mut left = request.zeros;
        while left > 0 {
            let piece = left.min(ZEROS.len());
            self.stream.write_all(&ZEROS[..piece]).await?;
            left -= piece;
        }
        self.answer(keep, &request.path).await
    }

    async fn answer(
        &mut self,
        mut keep: Option<&mut Vec<u8>>,
        path: &str,
    ) -> Result<usize, Failure> {
        let head = self.head().await?;
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap_or_default().to_owned();
        let field = |name: &str| {
            head.split("\r\n").find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_owned())
            })
        };
        let refused = !status.contains(" 200");
        let mut text = Vec::new();
        if refused {
            keep = Some(&mut text);
        }
        let read = match field("content-length").and_then(|v| v.parse().ok()) {
            Some(length) => self.bytes(length, &mut keep).await?,
            None if field("transfer-encoding")
                .is_some_and(|v| v.eq_ignore_ascii_case("chunked")) =>
            {
                self.chunks(&mut keep).await?
            }
            None => 0,
        };
        if refused {
            return Err(Failure::Answer(format!(
                "{path}: {status} {}",
                String::from_utf8_lossy(&text)
            )));
        }
        Ok(read)
    }

    async fn head(&mut self) -> Result<String, Failure> {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|w| w == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.ahead[..end]).into_owned();
                self.ahead.drain(..end + 4);
                return Ok(head);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.ahead).await? {
            0 => Err(Failure::Answer(
                "the server closed the connection".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    async fn bytes(
        &mut self,
        length: usize,
        keep: &mut Option<&mut Vec<u8>>,
    ) -> Result<usize, Failure> {
        let mut left = length;
        while left > 0 {
            if self.ahead.is_empty() {
                self.more().await?;
            }
            let piece = left.min(self.ahead.len());
            if let Some(keep) = keep {
                keep.extend_from_slice(&self.ahead[..piece]);
            }
            self.ahead.drain(..piece);
            left -= piece;
        }
        Ok(length)
    }

    async fn chunks(&mut self, keep: &mut Option<&mut Vec<u8>>) -> Result<usize, Failure> {
        let mut total = 0;
        loop {
            let end = loop {
                if let Some(end) = self.ahead.windows(2).position(|w| w == b"\r\n") {
                    break end;
                }
                self.more().await?;
            };
            let line = String::from_utf8_lossy(&self.ahead[..end]).into_owned();
            self.ahead.drain(..end + 2);
            let length =
                usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
                    .map_err(|_| Failure::Answer(format!("'{line}' is no chunk length")))?;
            total += self.bytes(length, keep).await?;
            self.bytes(2, &mut None).await?;
            if length == 0 {
                return Ok(total);
            }
        }
    }
}
