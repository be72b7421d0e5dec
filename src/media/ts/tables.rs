//! The tables that list the contents of a transport stream (ISO/IEC 13818-1 section 2.4.4): PAT and PMT.

use mpeg2ts_reader::packet::Packet;
use mpeg2ts_reader::psi::pat::{PatSection, ProgramDescriptor};
use mpeg2ts_reader::psi::pmt::PmtSection;
use mpeg2ts_reader::psi::{
    BufferSectionSyntaxParser, CrcCheckWholeSectionSyntaxPayloadParser, SectionCommonHeader, SectionPacketConsumer,
    SectionSyntaxSectionProcessor, TableSyntaxHeader, WholeSectionSyntaxPayloadParser,
};

/// A stream of a program, as the PMT lists it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) pid: u16,
    /// The stream type (ISO/IEC 13818-1 table 2-34).
    pub(super) kind: u8,
    /// Whether a descriptor says that private data is AC-3 (ETSI EN 300 468 annex D).
    pub(super) is_ac3: bool,
}

/// A table that is sent repeatedly, in sections of at most 1024 bytes.
///
/// The filter of `mpeg2ts-reader` for repeated versions is not used, because recordings that were joined have different tables
/// of one version.
pub(super) struct Table {
    sections: Sections,
}

type Sections = SectionPacketConsumer<
    SectionSyntaxSectionProcessor<BufferSectionSyntaxParser<CrcCheckWholeSectionSyntaxPayloadParser<Whole>>>,
>;

struct Whole;

impl WholeSectionSyntaxPayloadParser for Whole {
    type Context = Option<(u8, Vec<u8>)>;

    fn section<'a>(
        &mut self,
        found: &mut Self::Context,
        header: &SectionCommonHeader,
        syntax: &TableSyntaxHeader<'a>,
        data: &'a [u8],
    ) {
        // Without header and checksum.
        let content = data.get(SectionCommonHeader::SIZE + TableSyntaxHeader::SIZE..data.len().saturating_sub(4));
        // A table may be sent before it applies.
        let is_current = data.get(5).is_some_and(|byte| byte & 1 == 1);
        if let Some(content) = content.filter(|_| is_current && syntax.section_number() == 0) {
            *found = Some((header.table_id, content.to_vec()));
        }
    }
}

impl Table {
    pub(super) fn new() -> Self {
        let whole = CrcCheckWholeSectionSyntaxPayloadParser::new(Whole);
        let sections = SectionSyntaxSectionProcessor::new(BufferSectionSyntaxParser::new(whole));
        Self { sections: SectionPacketConsumer::new(sections) }
    }

    /// Reads the next packet of a PAT. If the table is complete, returns the PID of the first program's PMT.
    pub(super) fn program(&mut self, packet: &Packet<'_>) -> Option<u16> {
        let content = self.content(packet, 0)?;
        PatSection::new(&content).programs().find_map(|program| match program {
            ProgramDescriptor::Program { pid, .. } => Some(pid.into()),
            ProgramDescriptor::Network { .. } => None,
        })
    }

    /// Reads the next packet of a PMT. If the table is complete, returns the streams of the program.
    pub(super) fn streams(&mut self, packet: &Packet<'_>) -> Option<Vec<Stream>> {
        let content = self.content(packet, 2)?;
        let table = PmtSection::from_bytes(&content).ok()?;
        let streams = table.streams().map(|stream| Stream {
            pid: stream.elementary_pid().into(),
            kind: stream.stream_type().0,
            is_ac3: stream.descriptors::<Tag>().any(|tag| tag.is_ok_and(|Tag(tag)| tag == 0x6a)),
        });
        Some(streams.collect())
    }

    /// Reads the next packet. If a table with this id is complete, returns its content.
    fn content(&mut self, packet: &Packet<'_>, id: u8) -> Option<Vec<u8>> {
        let mut found = None;
        self.sections.consume(&mut found, packet);
        found.filter(|(found, _)| *found == id).map(|(_, content)| content)
    }
}

/// The tag of a descriptor.
struct Tag(u8);

impl<'a> mpeg2ts_reader::descriptor::Descriptor<'a> for Tag {
    fn from_bytes(bytes: &'a [u8]) -> Result<Self, mpeg2ts_reader::descriptor::DescriptorError> {
        Ok(Self(bytes.first().copied().unwrap_or(0)))
    }
}
