//! Mail by the company's own server.

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use thiserror::Error;

use crate::config::{self, Encryption};

/// Sends mails.
#[derive(Debug)]
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Mail that can't be sent, or a configuration of it that can't be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MailError {
    /// A key that does not read.
    #[error("`mail.{0}` {1}")]
    Key(&'static str, &'static str),
    /// The file of the password.
    #[error("reading the file of `mail.password_file`")]
    Password(#[source] std::io::Error),
    /// The receiver's address; it is not repeated.
    #[error("the address does not read as one of a mailbox")]
    Address,
    /// The mail could not be put together.
    #[error("the mail could not be put together")]
    Message(#[from] lettre::error::Error),
    /// What the mail server says.
    #[error("the mail server does not take the mail")]
    Smtp(#[from] lettre::transport::smtp::Error),
}

impl Mailer {
    /// Mail as it is configured; none without a server.
    pub(crate) fn new(config: &config::Mail) -> Result<Option<Self>, MailError> {
        let Some(server) = &config.server else {
            return Ok(None);
        };
        let (host, port) = server
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse().ok()?)))
            .ok_or(MailError::Key(
                "server",
                "is host and port, such as mail.example.org:587",
            ))?;
        type Smtp = AsyncSmtpTransport<Tokio1Executor>;
        let transport = match config.encryption {
            Encryption::None => Smtp::builder_dangerous(host),
            Encryption::Tls => Smtp::relay(host)?,
            Encryption::Starttls => Smtp::starttls_relay(host)?,
        };
        let mut transport = transport.port(port);
        if let Some(user) = &config.user {
            let file = config.password_file.as_ref();
            let file = file.ok_or(MailError::Key(
                "password_file",
                "is missing beside `mail.user`",
            ))?;
            let password = std::fs::read_to_string(file).map_err(MailError::Password)?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            transport = transport.credentials(Credentials::new(user.clone(), password));
        }
        let from = config.from.parse();
        let from = from.map_err(|_error| MailError::Key("from", "is no address of a mailbox"))?;
        Ok(Some(Self {
            transport: transport.build(),
            from,
        }))
    }

    /// Sends a text.
    pub(crate) async fn send(
        &self,
        to: &str,
        subject: &str,
        text: String,
    ) -> Result<(), MailError> {
        // Read as a bare address, so that nothing in it becomes another header or receiver.
        let to: Address = to.parse().map_err(|_error| MailError::Address)?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .body(text)?;
        self.transport.send(message).await?;
        Ok(())
    }
}
