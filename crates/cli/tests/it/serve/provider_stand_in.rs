//! A stand-in for a provider of OpenID Connect, which says what a real one never would.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// What is wrong with a token; else it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Nothing,
    Issuer,
    Audience,
    Nonce,
    Expired,
    /// `alg` is `none`, without a signature.
    Unsigned,
    /// By a key that is not the provider's.
    Signature,
}

/// Somebody has signed in there, and a code waits for whoever asked.
#[derive(Debug)]
struct Waiting {
    subject: String,
    nonce: String,
    challenge: String,
    wrong: Wrong,
}

/// A provider on a port of its own.
#[derive(Debug)]
pub(super) struct ProviderStandIn {
    pub(super) issuer: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    issuer: String,
    keys: EcdsaKeyPair,
    others: EcdsaKeyPair,
    codes: Mutex<HashMap<String, Waiting>>,
}

/// As whom the server is known.
pub(super) const CLIENT: &str = "countersign";
/// Its secret, which has letters that a form writes otherwise.
pub(super) const SECRET: &str = "no secret: a test's";

impl ProviderStandIn {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            keys: keys(),
            others: keys(),
            codes: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.answer(stream));
            }
        });
        Self { issuer, shared }
    }

    /// Somebody signs in on the page to which the server leads; gives the code for the way back.
    pub(super) fn code(&self, page: &str, subject: &str, wrong: Wrong) -> String {
        assert!(
            page.starts_with(&format!("{}/authorize?", self.issuer)),
            "{page}"
        );
        assert_eq!(part(page, "code_challenge_method"), "S256");
        let mut codes = self.shared.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        let waiting = Waiting {
            subject: subject.to_owned(),
            nonce: part(page, "nonce"),
            challenge: part(page, "code_challenge"),
            wrong,
        };
        codes.insert(code.clone(), waiting);
        code
    }
}

/// A part of an address's query.
pub(super) fn part(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .unwrap()
        .1
        .to_owned()
}

fn keys() -> EcdsaKeyPair {
    let (how, chance) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let made = EcdsaKeyPair::generate_pkcs8(how, &chance).unwrap();
    EcdsaKeyPair::from_pkcs8(how, made.as_ref(), &chance).unwrap()
}

impl Shared {
    fn answer(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let (mut first, mut length, mut sender) = (String::new(), 0, String::new());
        stream.read_line(&mut first).unwrap();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "authorization" => value.clone_into(&mut sender),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let body = format!("?{}", String::from_utf8(body).unwrap());
        let issuer = &self.issuer;
        let answer = match first.split(' ').nth(1).unwrap() {
            "/.well-known/openid-configuration" => Some(json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
            })),
            "/keys" => {
                let point = self.keys.public_key().as_ref();
                let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
                Some(json!({ "keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y}] }))
            }
            "/token" => self.token(&body, &sender),
            path => panic!("asked for {path}"),
        };
        let (status, answer) = match answer {
            Some(answer) => ("200 OK", answer),
            None => ("400 Bad Request", json!({"error": "invalid_grant"})),
        };
        let answer = answer.to_string();
        let _ = write!(
            stream.get_mut(),
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{answer}",
            answer.len()
        );
    }

    /// A code counts once, for the client with the secret that began with the verifier.
    fn token(&self, body: &str, sender: &str) -> Option<Value> {
        let both = format!("{CLIENT}:no+secret%3A+a+test%27s");
        assert_eq!(sender, format!("Basic {}", STANDARD.encode(both)));
        let waiting = self.codes.lock().unwrap().remove(&part(body, "code"))?;
        let verifier = part(body, "code_verifier");
        let challenge = BASE64.encode(digest(&SHA256, verifier.as_bytes()));
        if challenge != waiting.challenge {
            return None;
        }
        let token = self.signed(&waiting);
        Some(json!({"access_token": "x", "token_type": "Bearer", "id_token": token}))
    }

    fn signed(&self, waiting: &Waiting) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let mut header = json!({"alg": "ES256"});
        let mut claims = json!({
            "iss": self.issuer, "sub": waiting.subject, "aud": CLIENT, "nonce": waiting.nonce,
            "exp": now + 300, "iat": now,
        });
        let mut keys = Some(&self.keys);
        match waiting.wrong {
            Wrong::Nothing => {}
            Wrong::Issuer => claims["iss"] = json!("https://id.example"),
            Wrong::Audience => claims["aud"] = json!("another"),
            Wrong::Nonce => claims["nonce"] = json!("another"),
            Wrong::Expired => {
                claims["exp"] = json!(now - 600);
                claims["iat"] = json!(now - 900);
            }
            Wrong::Unsigned => {
                header["alg"] = json!("none");
                keys = None;
            }
            Wrong::Signature => keys = Some(&self.others),
        }
        let part = |part: &Value| BASE64.encode(part.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = keys.map_or_else(String::new, |keys| {
            let signature = keys.sign(&SystemRandom::new(), signed.as_bytes());
            BASE64.encode(signature.unwrap().as_ref())
        });
        format!("{signed}.{signature}")
    }
}
