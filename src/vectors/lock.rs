use serde_json::{Value, json};

use super::Pinned;
use crate::crypto::{KemPrivateKey, Label, Secret, SigningKey, Wrapped};
use crate::foreign::hex;
use crate::grant::{AgencyHalf, Excerpt, GrantKey, Share, released_terms};
use crate::record::{Answer, AnswerNotice, CustodianId, Nonce, Release, StatementId, Verified};

/// The context of a wrap: role, index and recipient.
pub(super) fn info(terms: StatementId, role: u8, index: u8, key: &KemPrivateKey) -> Vec<u8> {
    let recipient = key.public_key().fingerprint();
    [Label::GRANT_WRAP.as_bytes(), terms.as_bytes(), &[role, index], recipient.as_bytes()].concat()
}

/// A wrap of a secret, opened with the context that is written down for it.
pub(super) fn wrap(
    wrap: &Wrapped,
    info: &[u8],
    key: &KemPrivateKey,
    secret: &Secret<32>,
    encapsulation: &[u8],
) -> Value {
    assert_eq!(key.unwrap(info, wrap).unwrap(), *secret);
    json!({
        "info": hex(info),
        "encapsulation": hex(encapsulation),
        "wrap": hex(wrap.as_bytes()),
        "digest": hex(wrap.digest().as_bytes()),
    })
}

/// A custodian with its key for the last epoch.
pub(super) struct Keeper {
    pub(super) id: CustodianId,
    pub(super) key: SigningKey,
    pub(super) expiry: KemPrivateKey,
}

const ANSWER: u8 = 5;

/// One custodian's notice and answer.
fn answer(
    keeper: &Keeper,
    index: u8,
    excerpt: &Excerpt<std::io::Cursor<Vec<u8>>>,
    release: &Verified<Release>,
    one_time: &KemPrivateKey,
    random: &mut Pinned,
) -> (Verified<Answer>, Value) {
    let (custodian, terms) = (keeper.id.clone(), excerpt.terms());
    let nonce = Nonce::random(random).unwrap();
    let notice = AnswerNotice { custodian: custodian.clone(), terms: terms.id(), release: release.id(), nonce };
    let notice = Verified::sign(notice, &keeper.key);
    let wrapped = &excerpt.custodian_wraps()[usize::from(index)];
    let share =
        Share::unwrap(terms, index, wrapped, &keeper.expiry, &keeper.expiry.public_key().fingerprint()).unwrap();
    let drawn = Secret::<64>::random(random).unwrap();
    let again = share.answer(release.statement(), &drawn).unwrap();
    let encapsulation = drawn.expose()[..if one_time.algorithm().is_post_quantum() { 64 } else { 32 }].to_vec();
    let info = info(terms.id(), ANSWER, index, one_time);
    let secret = one_time.unwrap(&info, &again).unwrap();
    let mut value = wrap(&again, &info, one_time, &secret, &encapsulation);
    let answer = Answer { custodian, terms: terms.id(), release: release.id(), notice: notice.id(), share: again };
    let answer = Verified::sign(answer, &keeper.key);
    value["custodian"] = keeper.id.as_str().into();
    value["index"] = index.into();
    value["notice"] = hex(&notice.to_bytes()).into();
    value["notice_id"] = hex(notice.id().as_bytes()).into();
    value["answer"] = hex(&answer.to_bytes()).into();
    (answer, value)
}

/// Release, answers of the custodians with these indices, and the keys of the parts.
pub(super) fn unlock(
    excerpt: &Excerpt<std::io::Cursor<Vec<u8>>>,
    request_key: &KemPrivateKey,
    agency: &SigningKey,
    keepers: &[Keeper],
    answering: &[u8],
    random: &mut Pinned,
) -> (GrantKey, Value) {
    let half = AgencyHalf::unwrap(excerpt.terms(), excerpt.agency_wrap(), request_key).unwrap();
    let one_time = random.kem_key(request_key.algorithm());
    let release = Verified::sign(half.release(&one_time), agency);
    assert_eq!(released_terms(release.statement()).as_ref(), Some(excerpt.terms()));
    let answers = answering
        .iter()
        .map(|&index| answer(&keepers[usize::from(index)], index, excerpt, &release, &one_time, random));
    let (answers, values): (Vec<_>, Vec<_>) = answers.collect();
    let combine =
        |answers: &[Verified<Answer>]| half.combine(&one_time, answers.iter().map(|answer| answer.statement()));
    let custodians = combine(&answers).unwrap();
    assert!(combine(&answers[1..]).is_err());
    let key = half.unlock(&custodians).unwrap();
    let value = json!({
        "one_time_private": hex(one_time.secret().expose()),
        "one_time_fingerprint": hex(one_time.public_key().fingerprint().as_bytes()),
        "possession": hex(release.statement().possession.as_bytes()),
        "release": hex(&release.to_bytes()),
        "release_id": hex(release.id().as_bytes()),
        "answers": values,
        "custodian_half": hex(custodians.expose()),
        "part_keys": (0..excerpt.envelope().statement().parts.len() as u16).map(|part| hex(key.part(part).expose())).collect::<Vec<_>>(),
    });
    (key, value)
}
