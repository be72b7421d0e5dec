//! Every call but those of a log's keeper, which write files.
#![allow(unsafe_code)]

use core::ptr;

use footage::ffi::footage_status::*;
use footage::ffi::*;

use super::app::{App, Kind, progress};

/// Makes a call: each letter after the function's name is one of its arguments, or those that go together.
macro_rules! call {
    ($app:ident $f:ident [$($done:expr,)*]) => {
        // SAFETY: every pointer is NULL, or to what the conventions ask for, until the call is over.
        unsafe { $f($($done),*) }
    };
    ($app:ident $f:ident [$($done:expr,)*] new $kind:ident $($rest:tt)*) => {{
        let place = $app.place(Kind::$kind);
        call!($app $f [$($done,)* place,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] bytes $($rest:tt)*) => {{
        let (bytes, length) = $app.bytes();
        call!($app $f [$($done,)* bytes, length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] inout $($rest:tt)*) => {{
        let (bytes, length) = $app.bytes();
        call!($app $f [$($done,)* bytes.cast_mut(), length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] arrays $($rest:tt)*) => {{
        let (strings, lengths, count) = $app.arrays();
        call!($app $f [$($done,)* strings, lengths, count,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] text $($rest:tt)*) => {{
        let text = $app.text();
        call!($app $f [$($done,)* text,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] out $($rest:tt)*) => {{
        let (bytes, capacity, length) = $app.output();
        call!($app $f [$($done,)* bytes.cast(), capacity, length,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] segment $($rest:tt)*) => {{
        let segment = if $app.recipe.byte() == 0xff { ptr::null_mut() } else { &raw mut *$app.segment };
        call!($app $f [$($done,)* segment,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] put $($rest:tt)*) => {{
        let place = $app.number_out();
        call!($app $f [$($done,)* place,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] time $($rest:tt)*) => {{
        let time = $app.time();
        call!($app $f [$($done,)* time,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] u64 $($rest:tt)*) => {{
        let number = $app.number();
        call!($app $f [$($done,)* number,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] kem $($rest:tt)*) => {{
        let kem = match $app.recipe.byte() {
            0..0xe0 => FOOTAGE_KEM_X25519,
            0xe0..0xf0 => FOOTAGE_KEM_XWING,
            _ => $app.recipe.short(),
        };
        call!($app $f [$($done,)* kem,] $($rest)*)
    }};
    ($app:ident $f:ident [$($done:expr,)*] progress $($rest:tt)*) => {{
        let function: footage_progress = if $app.recipe.byte() == 0xff { None } else { Some(progress) };
        call!($app $f [$($done,)* function, ptr::null_mut(),] $($rest)*)
    }};
    // A number of another size.
    ($app:ident $f:ident [$($done:expr,)*] $size:ident $($rest:tt)*) => {{
        let number = call!(@ $app $size);
        call!($app $f [$($done,)* number,] $($rest)*)
    }};
    (@ $app:ident Key) => { $app.handle(Kind::Key) };
    (@ $app:ident Owner) => { $app.handle(Kind::Owner) };
    (@ $app:ident Camera) => { $app.handle(Kind::Camera) };
    (@ $app:ident Recording) => { $app.handle(Kind::Recording) };
    (@ $app:ident Clip) => { $app.handle(Kind::Clip) };
    (@ $app:ident Stream) => { $app.handle(Kind::Stream) };
    (@ $app:ident Cutter) => { $app.handle(Kind::Cutter) };
    (@ $app:ident Excerpt) => { $app.handle(Kind::Excerpt) };
    (@ $app:ident Agency) => { $app.handle(Kind::Agency) };
    (@ $app:ident Custodian) => { $app.handle(Kind::Custodian) };
    (@ $app:ident Ledger) => { $app.handle(Kind::Ledger) };
    (@ $app:ident Auditor) => { $app.handle(Kind::Auditor) };
    (@ $app:ident Feed) => { $app.handle(Kind::Feed) };
    (@ $app:ident Tiles) => { $app.handle(Kind::Tiles) };
    (@ $app:ident List) => { $app.handle(Kind::List) };
    (@ $app:ident MemoryLog) => { $app.handle(Kind::MemoryLog) };
    (@ $app:ident Opened) => { $app.handle(Kind::Opened) };
    (@ $app:ident Witness) => { $app.handle(Kind::Witness) };
    (@ $app:ident size) => { $app.number() as usize };
    (@ $app:ident u8) => { $app.number() as u8 };
    (@ $app:ident u32) => { $app.number() as u32 };
    (@ $app:ident i32) => { $app.number() as i32 };
}

macro_rules! calls {
    ($($f:ident($($argument:tt)*);)+) => {
        pub const CALLS: &[&str] = &[$(stringify!($f)),+];

        impl App<'_> {
            pub fn call(&mut self) -> footage_status {
                let app = self;
                app.number = app.recipe.byte();
                let number = usize::from(app.number);
                let Some(name) = CALLS.get(number) else {
                    match number - CALLS.len() {
                        0..18 => app.free(KINDS[number - CALLS.len()]),
                        _ => return app.input(),
                    }
                    return FOOTAGE_OK;
                };
                $(
                    if *name == stringify!($f) {
                        return call!(app $f [] $($argument)*);
                    }
                )+
                FOOTAGE_OK
            }
        }
    };
}

const KINDS: [Kind; 18] = [
    Kind::Key,
    Kind::Owner,
    Kind::Camera,
    Kind::Recording,
    Kind::Clip,
    Kind::Stream,
    Kind::Cutter,
    Kind::Excerpt,
    Kind::Agency,
    Kind::Custodian,
    Kind::Ledger,
    Kind::Auditor,
    Kind::Feed,
    Kind::Tiles,
    Kind::List,
    Kind::MemoryLog,
    Kind::Opened,
    Kind::Witness,
];

calls! {
    footage_signing_key_generate(new Key);
    footage_signing_key_restore(bytes new Key);
    footage_signing_key_save(Key out);
    footage_signing_key_public(Key out);
    footage_owner_generate(kem new Owner);
    footage_owner_restore(kem bytes new Owner);
    footage_owner_save(Owner out);
    footage_owner_public(Owner out);
    footage_camera_new(bytes Key bytes u8 bytes new Camera);
    footage_camera_save(Camera out);
    footage_camera_recover(Camera bytes out);
    footage_camera_recover_stream(Camera Stream Stream);
    footage_recording_new(Camera arrays time u8 out new Recording);
    footage_recording_clip(Recording out);
    footage_recording_init(Recording inout out);
    footage_recording_media(Recording u64 u64 inout out);
    footage_recording_finish(Recording out);
    footage_stream_new_output(new Stream);
    footage_stream_on_progress(Stream progress);
    footage_stream_wanted(Stream put put);
    footage_stream_feed(Stream bytes);
    footage_stream_take(Stream out);
    footage_stream_fail(Stream);
    footage_clip_new(Stream new Clip);
    footage_clip_open(Clip);
    footage_clip_unlock(Clip Owner);
    footage_clip_info(Clip out);
    footage_clip_select(Clip time time put put);
    footage_clip_segment_info(Clip u32 segment);
    footage_clip_segment(Clip u32 Stream);
    footage_cutter_new(Stream new Cutter);
    footage_cutter_new_by_size(Stream u64 new Cutter);
    footage_cutter_next(Cutter segment);
    footage_cutter_content(Cutter out);
    footage_excerpt_new(Stream new Excerpt);
    footage_excerpt_open(Excerpt);
    footage_excerpt_terms(Excerpt out);
    footage_excerpt_terms_json(Excerpt out);
    footage_excerpt_terms_id(Excerpt out);
    footage_excerpt_is_post_quantum(Excerpt put);
    footage_agency_new(text Key kem bytes Ledger new Agency);
    footage_agency_save(Agency out);
    footage_agency_request(Agency text Ledger out);
    footage_agency_take_in(Agency Excerpt);
    footage_agency_release(Agency Excerpt out);
    footage_agency_deliveries(Agency Excerpt bytes new List);
    footage_agency_open(Agency Excerpt arrays Ledger time new Opened);
    footage_agency_close_request(Agency bytes text Ledger out);
    footage_agency_delete(Agency Excerpt text Ledger out);
    footage_opened_verdict(Opened out);
    footage_opened_info(Opened out);
    footage_opened_words(Opened out);
    footage_opened_next(Opened put segment Stream);
    footage_custodian_new(text Key kem text bytes new Custodian);
    footage_custodian_save(Custodian out);
    footage_custodian_start(Custodian out);
    footage_custodian_serve(Custodian Ledger time new List);
    footage_custodian_destroy_ended(Custodian Ledger time new List);
    footage_custodian_publish_keys(Custodian Ledger u32 new List);
    footage_custodian_notice(Custodian bytes text Ledger time out);
    footage_custodian_answer(Custodian bytes text Ledger time out);
    footage_custodian_revoke(Custodian bytes out);
    footage_custodian_carry(Custodian bytes out);
    footage_ledger_new(text new Ledger);
    footage_ledger_save(Ledger out);
    footage_ledger_restore(bytes text new Ledger);
    footage_ledger_new_phone(text new Ledger);
    footage_ledger_size(Ledger put);
    footage_ledger_entry(Ledger bytes);
    footage_ledger_advance(Ledger bytes);
    footage_ledger_page(Ledger bytes);
    footage_ledger_time(Ledger put);
    footage_ledger_requests(Ledger u64 new List);
    footage_ledger_agency(Ledger text time out);
    footage_ledger_request(Ledger bytes out);
    footage_ledger_disclosures(Ledger text new List);
    footage_ledger_custodians(Ledger time new List);
    footage_ledger_follow(Ledger Tiles bytes);
    footage_auditor_new(text text new Auditor);
    footage_auditor_save(Auditor out);
    footage_auditor_restore(bytes text text new Auditor);
    footage_auditor_size(Auditor put);
    footage_auditor_entry(Auditor bytes);
    footage_auditor_advance(Auditor bytes);
    footage_auditor_follow(Auditor Tiles bytes);
    footage_auditor_compare(Auditor bytes put);
    footage_auditor_stale(Auditor time put);
    footage_auditor_numbers(Auditor u64 out);
    footage_auditor_numbers_csv(Auditor u64 u8 out);
    footage_auditor_directory(Auditor time out);
    footage_auditor_agencies_named(Auditor time text new List);
    footage_auditor_agencies_at(Auditor time i32 i32 new List);
    footage_auditor_overdue(Auditor new List);
    footage_auditor_charges(Auditor new List);
    footage_auditor_accuse(Auditor size new List);
    footage_accusation_verify(bytes text text put);
    footage_accusation_charge(bytes out);
    footage_feed_new(text new Feed);
    footage_feed_size(Feed put);
    footage_feed_entry(Feed bytes);
    footage_feed_advance(Feed bytes);
    footage_feed_page(Feed out);
    footage_tiles_new(new Tiles);
    footage_tiles_wanted(Tiles out);
    footage_tiles_feed(Tiles bytes);
    footage_tiles_fail(Tiles);
    footage_list_count(List put);
    footage_list_get(List size out);
    footage_last_error_message(out);
    footage_last_refusal(new List);
    footage_memory_log_new(text Key new MemoryLog);
    footage_memory_log_witness(MemoryLog text Key);
    footage_memory_log_append(MemoryLog bytes put);
    footage_memory_log_size(MemoryLog put);
    footage_memory_log_entries(MemoryLog u64 u64 new List);
    footage_memory_log_checkpoint(MemoryLog time out);
    footage_consent(Ledger Clip bytes u32 u32 text u64 text text time Stream new List);
    footage_consent_revocation(bytes out);
    footage_consent_json(bytes out);
    footage_proof_verify(bytes bytes text put put);
    footage_registrar_approve(Key text out);
    footage_registrar_withdraw(Key bytes out);
    footage_matching(Ledger u64 text text new List);
    footage_policy_check(Ledger bytes text time);
    footage_statement_sign(text Key out);
    footage_certificate_sign(text Key out);
    footage_statement_json(bytes out);
    footage_statement_id(bytes out);
    footage_witness_new(text Key bytes new Witness);
    footage_witness_watch(Witness text bytes);
    footage_witness_size(Witness text put);
    footage_witness_add_checkpoint(Witness bytes time out put);
    footage_witness_save(Witness out);
}
