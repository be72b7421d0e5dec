//! Statements of a stranger, validly signed, whatever is in them.

use footage::crypto::SigningKey;

/// The statement of this kind with this payload.
pub fn statement(name: &str, payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let content_type = format!("application/vnd.footage.v1.{name}+cbor");
    let mut protected = vec![0xa3, 0x01, 0x27, 0x03];
    string(&mut protected, 3, content_type.as_bytes());
    protected.push(0x04);
    string(&mut protected, 2, key.verifying_key().as_bytes());
    let mut signed = vec![0x84];
    string(&mut signed, 3, b"Signature1");
    string(&mut signed, 2, &protected);
    string(&mut signed, 2, &[]);
    string(&mut signed, 2, payload);
    let mut bytes = vec![0xd2, 0x84];
    string(&mut bytes, 2, &protected);
    bytes.push(0xa0);
    string(&mut bytes, 2, payload);
    string(&mut bytes, 2, key.sign(&signed).as_bytes());
    bytes
}

/// Appends a byte or text string, with the shortest head.
fn string(to: &mut Vec<u8>, major: u8, content: &[u8]) {
    let (major, length) = (major << 5, content.len());
    match length {
        0..24 => to.push(major | length as u8),
        24..0x100 => to.extend([major | 0x18, length as u8]),
        0x100..0x1_0000 => to.extend([&[major | 0x19][..], &(length as u16).to_be_bytes()].concat()),
        _ => to.extend([&[major | 0x1a][..], &(length as u32).to_be_bytes()].concat()),
    }
    to.extend_from_slice(content);
}

/// The name of a statement's kind, and its payload.
pub fn parts(statement: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut from = minicbor::Decoder::new(statement);
    from.tag().ok()?;
    from.array().ok()?;
    let mut protected = minicbor::Decoder::new(from.bytes().ok()?);
    from.map().ok()?;
    let payload = from.bytes().ok()?.to_vec();
    protected.map().ok()?;
    protected.u8().ok()?;
    protected.i8().ok()?;
    protected.u8().ok()?;
    let name = protected.str().ok()?.strip_prefix("application/vnd.footage.v1.")?.strip_suffix("+cbor")?;
    Some((name.to_owned(), payload))
}
