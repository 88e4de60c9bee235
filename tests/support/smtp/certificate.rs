//! A certificate of our own for `localhost` and `127.0.0.1`, made when the server starts.

use std::io::Write;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};

pub struct Certificate {
    pub acceptor: SslAcceptor,
    /// What a client must trust, as `SSL_CERT_FILE` has it.
    pub pem: tempfile::NamedTempFile,
}

impl Certificate {
    pub fn make() -> Self {
        let (acceptor, pem) = signed().expect("a certificate");
        let mut file = tempfile::Builder::new().prefix("traitdunion-smtp.").suffix(".pem").tempfile().expect("a temporary file");
        file.write_all(&pem).expect("a writable file");
        Self { acceptor, pem: file }
    }
}

fn signed() -> Result<(SslAcceptor, Vec<u8>), ErrorStack> {
    let key = PKey::from_ec_key(EcKey::generate(EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?.as_ref())?)?;
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COMMONNAME, "localhost")?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(120, MsbOption::MAYBE_ZERO, false)?;
    let mut certificate = X509::builder()?;
    // Counted from 0: this is version 3.
    certificate.set_version(2)?;
    certificate.set_serial_number(serial.to_asn1_integer()?.as_ref())?;
    certificate.set_subject_name(&name)?;
    certificate.set_issuer_name(&name)?;
    certificate.set_pubkey(&key)?;
    certificate.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    certificate.set_not_after(Asn1Time::days_from_now(30)?.as_ref())?;
    certificate.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    let names = SubjectAlternativeName::new().dns("localhost").ip("127.0.0.1").build(&certificate.x509v3_context(None, None))?;
    certificate.append_extension(names)?;
    certificate.sign(&key, MessageDigest::sha256())?;
    let certificate = certificate.build();
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    acceptor.set_private_key(&key)?;
    acceptor.set_certificate(&certificate)?;
    Ok((acceptor.build(), certificate.to_pem()?))
}
