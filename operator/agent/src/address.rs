//! What a Redis URI says, read as the Python clients read it: `redis://user:password@host:port/database`.
//! It never repeats a URI in a message, since that holds a password.

use percent_encoding::percent_decode_str;
use redis::{ConnectionAddr, ConnectionInfo, ProtocolVersion, RedisConnectionInfo};

const PORT: u16 = 6379;

/// What is wrong with the URI, and how it should look.
pub type Wrong = &'static str;

/// Reads a URI. A password may hold every character; `%` and two digits stand for one, as in every URI.
pub fn parse(uri: &str) -> Result<ConnectionInfo, Wrong> {
    let (scheme, rest) = uri.trim().split_once("://").ok_or("it has no scheme: write redis://host:6379/0")?;
    let is_tls = match scheme {
        "redis" => false,
        "rediss" => true,
        _ => return Err("its scheme is neither redis nor rediss"),
    };
    let (user, place) = parted(rest)?;
    let (username, password) = user.map_or((None, None), credentials);
    let Place { host, port, db, is_unverified } = place;
    let addr = if is_tls {
        ConnectionAddr::TcpTls { host, port, insecure: is_unverified, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    Ok(ConnectionInfo { addr, redis: RedisConnectionInfo { db, username, password, protocol: ProtocolVersion::RESP2 } })
}

/// What stands behind the user and password.
struct Place {
    host: String,
    port: u16,
    db: i64,
    is_unverified: bool,
}

/// User and password end at the first `@` behind which a place can stand: a password may hold every character, also where it is not escaped.
fn parted(rest: &str) -> Result<(Option<&str>, Place), Wrong> {
    let mut wrong = None;
    for (at, _) in rest.match_indices('@') {
        match place(&rest[at + 1..]) {
            Ok(place) => return Ok((Some(&rest[..at]), place)),
            Err(why) => wrong = Some(why),
        }
    }
    match wrong {
        Some(why) => Err(why),
        None => Ok((None, place(rest)?)),
    }
}

fn place(text: &str) -> Result<Place, Wrong> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let (server, path) = path.split_once('/').unwrap_or((path, ""));
    let (host, port) = host_and_port(server)?;
    let (db, is_unverified) = settings(path, query)?;
    Ok(Place { host, port, db, is_unverified })
}

fn credentials(text: &str) -> (Option<String>, Option<String>) {
    let decoded = |part: &str| Some(percent_decode_str(part).decode_utf8_lossy().into_owned()).filter(|text| !text.is_empty());
    match text.split_once(':') {
        Some((user, password)) => (decoded(user), decoded(password)),
        None => (decoded(text), None),
    }
}

fn host_and_port(server: &str) -> Result<(String, u16), Wrong> {
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => server.rsplit_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let port =
        port.filter(|port| !port.is_empty()).map_or(Ok(PORT), |port| port.parse().map_err(|_| "its port is not a number below 65536"))?;
    match host {
        "" => Err("it names no host"),
        host if host.contains(['@', '#', '%', ' ']) || (host.contains(':') && !server.starts_with('[')) => {
            Err("its host is no name of a host")
        }
        host => Ok((host.to_owned(), port)),
    }
}

/// The database, from the path or from `?db=`, and whether the server's certificate is to be believed unseen.
fn settings(path: &str, query: &str) -> Result<(i64, bool), Wrong> {
    let pairs = || query.split('&').filter_map(|pair| pair.split_once('='));
    let asked = pairs().find(|(name, _)| *name == "db").map(|(_, value)| value);
    let text = asked.unwrap_or(path.trim_matches('/'));
    let db =
        if text.is_empty() { 0 } else { text.parse::<u16>().map_err(|_| "its database is not a number: write redis://host:6379/0")? };
    let is_unverified = pairs().any(|(name, value)| name == "ssl_cert_reqs" && ["none", "CERT_NONE"].contains(&value));
    Ok((i64::from(db), is_unverified))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str) -> (String, Option<String>, Option<String>, i64) {
        let info = parse(uri).unwrap();
        (info.addr.to_string(), info.redis.username, info.redis.password, info.redis.db)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn what_is_left_out_has_the_usual_value() {
        assert_eq!(read("redis://queue"), ("queue:6379".into(), None, None, 0));
        assert_eq!(read("redis://:pw@queue:7000/3"), ("queue:7000".into(), None, some("pw"), 3));
        assert_eq!(read("rediss://user:pw@queue/?db=2"), ("queue:6379".into(), some("user"), some("pw"), 2));
        assert_eq!(read("redis://:pw@queue/1?client_name=a@b"), ("queue:6379".into(), None, some("pw"), 1));
        assert_eq!(read("redis://[::1]:6380/1"), ("::1:6380".into(), None, None, 1));
    }

    #[test]
    fn a_password_may_hold_every_character() {
        for (written, meant) in [
            ("p%40ss%2Fw%23rd%25", "p@ss/w#rd%"),
            ("p@ss:w", "p@ss:w"),
            ("a/b#c?d@e", "a/b#c?d@e"),
            ("p@ss/w#rd?%:ñ", "p@ss/w#rd?%:ñ"),
            ("50%", "50%"),
            ("æ", "æ"),
        ] {
            assert_eq!(read(&format!("redis://u:{written}@queue:1/4")), ("queue:1".into(), some("u"), some(meant), 4), "{written}");
        }
    }

    #[test]
    fn a_wrong_one_is_told_without_being_repeated() {
        for uri in ["queue:6379", "http://queue", "redis://:secret@", "redis://:secret@queue:port", "redis://:secret@queue/main"] {
            assert!(!parse(uri).unwrap_err().contains("secret"), "{uri}");
        }
    }
}
