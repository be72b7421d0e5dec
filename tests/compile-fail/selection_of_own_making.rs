//! P4, P8: only a finished clip makes a selection, so the span of time in it is the camera's.

use footage::clip::Selection;
use footage::record::Window;

fn attack(selection: Selection, span: Window) -> Selection {
    Selection { span, ..selection }
}

fn main() {}
