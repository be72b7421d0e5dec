/// Comma-separated values (RFC 4180), in which no field can be a spreadsheet's formula.
pub(super) struct Csv(String);

impl Csv {
    /// Begins with a header line.
    pub(super) fn new<'a>(header: impl IntoIterator<Item = &'a &'static str>) -> Self {
        let mut csv = Self(String::new());
        csv.row(header.into_iter().map(|&name| name.to_owned()));
        csv
    }

    /// One record, ended by CRLF (RFC 4180 section 2).
    pub(super) fn row(&mut self, fields: impl IntoIterator<Item = String>) {
        let fields: Vec<_> = fields.into_iter().map(|field| quoted(&field)).collect();
        self.0.push_str(&fields.join(","));
        self.0.push_str("\r\n");
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A field that a spreadsheet would compute gets an apostrophe in front (OWASP, "CSV Injection").
fn quoted(field: &str) -> String {
    let inert = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{inert}{}\"", field.replace('"', "\"\""))
    } else {
        format!("{inert}{field}")
    }
}

#[cfg(test)]
mod tests {
    use super::Csv;

    #[test]
    fn fields_are_quoted_and_inert() {
        let mut csv = Csv::new(&["a", "b"]);
        csv.row(["=1+1".to_owned(), "say \"hi\", twice".to_owned()]);
        csv.row(["@x,y".to_owned(), "<5".to_owned()]);
        assert_eq!(csv.finish(), "a,b\r\n'=1+1,\"say \"\"hi\"\", twice\"\r\n\"'@x,y\",<5\r\n");
    }
}
