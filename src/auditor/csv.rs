use super::numbers::{Counts, Numbers};

/// The numbers as comma-separated values (RFC 4180), each with a header line.
impl Numbers {
    /// Returns the [rows](Self::rows).
    pub fn rows_csv(&self) -> String {
        let mut csv = Csv::new(["agency", "offence", "month"].iter().chain(Counts::NAMES));
        for row in &self.rows {
            let place = [row.agency.to_string(), row.offence.to_string(), row.month.to_string()];
            csv.row(place.into_iter().chain(row.counts.values().iter().map(u64::to_string)));
        }
        csv.finish()
    }

    /// Returns the [totals](Self::totals).
    pub fn totals_csv(&self) -> String {
        let mut csv = Csv::new(["agency"].iter().chain(Counts::NAMES));
        for total in self.totals() {
            csv.row([total.agency.to_string()].into_iter().chain(total.counts.values().iter().map(u64::to_string)));
        }
        csv.finish()
    }

    /// Returns the [incentives](Self::incentives).
    pub fn incentives_csv(&self) -> String {
        let mut csv = Csv::new(&["agency", "vendor", "incentive", "disclosures", "cents"]);
        for row in &self.incentives {
            let incentive = format!("{:?}", row.incentive).to_lowercase();
            let numbers = [row.disclosures.to_string(), row.cents.to_string()];
            csv.row([row.agency.to_string(), row.vendor.to_string(), incentive].into_iter().chain(numbers));
        }
        csv.finish()
    }
}

/// Comma-separated values in which no field can be a spreadsheet's formula.
struct Csv(String);

impl Csv {
    /// Begins with a header line.
    fn new<'a>(header: impl IntoIterator<Item = &'a &'static str>) -> Self {
        let mut csv = Self(String::new());
        csv.row(header.into_iter().map(|&name| name.to_owned()));
        csv
    }

    /// One record, ended by CRLF (RFC 4180 section 2).
    fn row(&mut self, fields: impl IntoIterator<Item = String>) {
        let fields: Vec<_> = fields.into_iter().map(|field| quoted(&field)).collect();
        self.0.push_str(&fields.join(","));
        self.0.push_str("\r\n");
    }

    fn finish(self) -> String {
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
        csv.row(["@x,y".to_owned(), "5".to_owned()]);
        assert_eq!(csv.finish(), "a,b\r\n'=1+1,\"say \"\"hi\"\", twice\"\r\n\"'@x,y\",5\r\n");
    }
}
