//! The functions of `footage.h`, and a program that calls each of them wrongly.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A function of the header.
pub(crate) struct Prototype {
    pub(crate) name: String,
    gives: String,
    parameters: Vec<Parameter>,
}

struct Parameter {
    /// With its stars.
    kind: String,
    name: String,
}

/// What a call is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// NULL and 0 everywhere.
    Nothing,
    /// Room for everything, but handles of another type.
    WrongHandles,
    /// Lengths that nothing has, with good handles where there are such.
    EndlessLengths,
    /// The same with good lengths, but NULL for one argument.
    NullAt(usize),
}

/// The functions of a header in its order.
pub(crate) fn prototypes(header: &str) -> Vec<Prototype> {
    let code = without_comments(header);
    let statements = code.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "));
    statements.filter_map(|statement| prototype(&statement)).collect()
}

fn prototype(statement: &str) -> Option<Prototype> {
    let statement = statement.rsplit("extern \"C\" {").next()?.rsplit("#endif").next()?.trim();
    let (head, parameters) = statement.strip_suffix(')')?.split_once('(')?;
    let (gives, name) = head.split_at(head.rfind([' ', '*'])? + 1);
    // What a board supplies is not the library's.
    if !name.starts_with("footage_") || name.starts_with("footage_board_") || gives.starts_with("typedef") {
        return None;
    }
    let parameters = parameters.split(',').map(str::trim).filter(|parameter| *parameter != "void");
    let parameters = parameters.map(|parameter| {
        let at = parameter.rfind([' ', '*']).unwrap() + 1;
        Parameter { kind: parameter[..at].trim().replace(" *", "*"), name: parameter[at..].to_owned() }
    });
    Some(Prototype { name: name.to_owned(), gives: gives.trim().to_owned(), parameters: parameters.collect() })
}

fn without_comments(header: &str) -> String {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, after)) = rest.split_once("/*") {
        code.push_str(before);
        rest = after.split_once("*/").unwrap().1;
    }
    code + rest
}

/// The types of handles.
fn handles(header: &str) -> BTreeSet<&str> {
    let opaque = header.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(';'));
    opaque.filter_map(|names| names.split_once(' ').filter(|(tag, name)| tag == name).map(|(tag, _)| tag)).collect()
}

/// A program that calls every function with NULL, with handles of another type, and with lengths that nothing has, and
/// looks that each call comes back and says so.
pub(crate) fn wrong_calls(header: &str) -> String {
    let handles = handles(header);
    assert!(handles.len() > 5, "{handles:?}");
    let mut program = PROLOGUE.to_owned();
    for prototype in prototypes(header) {
        let pointers = prototype.parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind.ends_with('*'));
        let nulls = pointers.map(|(at, _)| Given::NullAt(at));
        let is_free = prototype.name.ends_with("_free");
        for given in [Given::Nothing, Given::WrongHandles, Given::EndlessLengths].into_iter().chain(nulls) {
            // Good handles are freed at the end.
            if !is_free || matches!(given, Given::Nothing | Given::WrongHandles) {
                program.push_str(&prototype.call(&handles, given));
            }
        }
    }
    program + EPILOGUE
}

impl Prototype {
    fn call(&self, handles: &BTreeSet<&str>, given: Given) -> String {
        let (mut before, mut after, mut arguments) = (String::new(), String::new(), Vec::new());
        for (at, Parameter { kind, name }) in self.parameters.iter().enumerate() {
            let handle = |stars: &str| {
                let name = kind.strip_prefix("const ").unwrap_or(kind).strip_suffix(stars)?;
                handles.contains(name).then_some(name)
            };
            let argument = if given == Given::Nothing || given == Given::NullAt(at) {
                if kind.ends_with('*') { "NULL".to_owned() } else { "0".to_owned() }
            } else if let Some(made) = handle("**") {
                writeln!(before, "        {made} *made{at} = NULL;").unwrap();
                writeln!(after, "        {made}_free(made{at});").unwrap();
                format!("&made{at}")
            } else if let Some(used) = handle("*") {
                match used {
                    "footage_signing_key" | "footage_owner" if given != Given::WrongHandles => {
                        used.replace("footage_", "good_")
                    }
                    "footage_owner" => format!("({used} *)good_signing_key"),
                    _ => format!("({used} *)good_owner"),
                }
            } else {
                match (kind.as_str(), name.as_str()) {
                    ("uint8_t*" | "const uint8_t*", _) => format!("rooms[{at}]"),
                    ("const char*", _) => "\"x\"".to_owned(),
                    ("char*", _) => format!("(char *)rooms[{at}]"),
                    ("size_t", "capacity") => "sizeof rooms[0]".to_owned(),
                    ("size_t", _) if given == Given::EndlessLengths => "SIZE_MAX".to_owned(),
                    ("size_t", _) => "1".to_owned(),
                    (kind, _) if kind.ends_with('*') => {
                        let of = kind.strip_prefix("const ").unwrap_or(kind).trim_end_matches('*');
                        writeln!(before, "        static {of} place{at};").unwrap();
                        format!("&place{at}")
                    }
                    _ => "1".to_owned(),
                }
            };
            arguments.push(argument);
        }
        let call = format!("{}({})", self.name, arguments.join(", "));
        let call = match (self.gives.as_str(), given) {
            ("footage_status", Given::Nothing) => format!("refused({call}, \"{}\");", self.name),
            ("footage_status", _) => format!("comes_back({call}, \"{}\");", self.name),
            ("void", _) => format!("{call};"),
            _ => format!("(void){call};"),
        };
        format!("    {{\n{before}        {call}\n{after}    }}\n")
    }
}

const PROLOGUE: &str = r#"#include "check.h"

static uint8_t rooms[16][1 << 16];

static void comes_back(footage_status status, const char *name)
{
    if (status == FOOTAGE_INTERNAL) {
        fprintf(stderr, "%s: %s\n", name, footage_status_message(status));
        exit(1);
    }
}

static void refused(footage_status status, const char *name)
{
    if (status != FOOTAGE_NULL && status != FOOTAGE_ARGUMENT && status != FOOTAGE_MALFORMED) {
        fprintf(stderr, "%s with nothing: %s\n", name, footage_status_message(status));
        exit(1);
    }
}

int main(void)
{
    footage_signing_key *good_signing_key;
    footage_owner *good_owner;
    OK(footage_signing_key_generate(&good_signing_key));
    OK(footage_owner_generate(FOOTAGE_KEM_X25519, &good_owner));
"#;

const EPILOGUE: &str = r"    footage_owner_free(good_owner);
    footage_signing_key_free(good_signing_key);
    return 0;
}
";
