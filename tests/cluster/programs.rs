//! Small programs that play a role where no example does: they answer with what a process sees.
//! They need nothing but Python, and start at once.

use serde_json::{Value, json};

const ANSWER: &str = r#"
import http.server, json, os
ANSWER
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(answer()).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"#;

/// An api that answers every GET with what the Python function `answer` gives.
pub fn api(answer: &str) -> Value {
    json!({"command": ["python", "-c", ANSWER.replace("ANSWER", answer)], "stop": {"delaySeconds": 0}})
}

/// Port on which a traveller is asked.
pub const TRAVELLER_PORT: u16 = 8000;

const TRAVELLER: &str = r#"
import http.server, json, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = {"reached": True}
        try:
            _, _, host, port = self.path.split("/")
            socket.create_connection((host, int(port)), timeout=1.5).close()
        except OSError as error:
            answer = {"reached": False, "why": str(error)}
        except ValueError:
            pass
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"#;

/// A process that tries to reach whatever it is asked to: `/reach/<host>/<port>`. A name is looked up first.
pub fn traveller() -> Value {
    json!({"command": ["python", "-c", TRAVELLER], "stop": {"delaySeconds": 0}})
}

const SESSIONS: &str = r#"
import asyncio, base64, hashlib, json, os

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

async def talk(reader, writer):
    """Answers every word of a WebSocket with the name of this pod."""
    while True:
        kind, length = await reader.readexactly(2)
        await reader.readexactly(4 + (length & 0x7F))
        if kind & 0x0F == 8:
            return
        name = os.environ["HOSTNAME"].encode()
        writer.write(bytes([0x81, len(name)]) + name)

async def serve(reader, writer):
    try:
        while True:
            first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
            if headers.get("upgrade", "").lower() == "websocket":
                key = base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + MAGIC).digest()).decode()
                head = f"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {key}"
                writer.write((head + "\r\n\r\n").encode())
                return await talk(reader, writer)
            told = {"pod": os.environ["HOSTNAME"], "role": os.environ["AEGIS_ROLE"], "path": first.split(" ")[1],
                    "version": os.environ.get("VERSION", "")}
            body = json.dumps(told)
            writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()

async def main():
    await (await asyncio.start_server(serve, "", 8000)).serve_forever()

asyncio.run(main())
"#;

/// A role that tells who it is, and keeps WebSockets.
pub fn sessions() -> Value {
    json!(["python", "-c", SESSIONS])
}
