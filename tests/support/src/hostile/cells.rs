//! Whatever cells somebody names, what is accepted has one form and says what they say.

use std::collections::BTreeSet;

use footage::cbor::limits;
use footage::record::{Cell, Cells, Jurisdiction};

use super::memory::bounded;
use super::recipe::Recipe;

pub fn cells(data: &[u8]) {
    let mut recipe = Recipe(data);
    match recipe.byte() % 3 {
        0 => {
            let text = recipe.rest();
            if let Ok(cells) = bounded(text.len(), || serde_json::from_slice::<Cells>(text)) {
                hangs_together(&cells);
            }
            if let Ok(jurisdiction) = bounded(text.len(), || serde_json::from_slice::<Jurisdiction>(text)) {
                compacted(&jurisdiction);
            }
        }
        1 => asked(&drawn(recipe)),
        _ => covered(&drawn(recipe)),
    }
}

/// Cells near each other: from the last, to one beside it, above it or below it.
fn drawn(mut recipe: Recipe<'_>) -> Vec<Cell> {
    let degrees = |number: u16, most: f64| f64::from(number) / 65_535.0 * 2.0 * most - most;
    let mut cells = vec![Cell::at(degrees(recipe.short(), 90.0), degrees(recipe.short(), 180.0)).unwrap()];
    while !recipe.is_over() && cells.len() < 400 {
        let (last, step) = (cells[cells.len() - 1], usize::from(recipe.byte()));
        match step % 4 {
            0 => cells.extend(last.neighbours().nth(step / 4 % 6)),
            1 => cells.extend(last.parent()),
            2 => cells.extend(last.children().nth(step / 4 % 7)),
            _ => cells.extend(last.children()),
        }
    }
    cells
}

fn asked(cells: &[Cell]) {
    let distinct: BTreeSet<_> = cells.iter().copied().collect();
    let mut reached = BTreeSet::from([cells[0]]);
    while let Some(next) = distinct
        .iter()
        .find(|cell| !reached.contains(cell) && cell.neighbours().any(|beside| reached.contains(&beside)))
    {
        reached.insert(*next);
    }
    let is_good = distinct.len() == cells.len() && cells.len() <= limits::REQUEST_CELLS && reached == distinct;
    match Cells::new(cells.to_vec()) {
        Ok(named) => {
            assert!(is_good);
            assert!(named.iter().eq(distinct));
            hangs_together(&named);
        }
        Err(error) => assert!(!is_good, "{error}"),
    }
}

fn hangs_together(cells: &Cells) {
    assert!((1..=limits::REQUEST_CELLS).contains(&cells.iter().len()));
    assert!(cells.iter().all(|cell| cell.resolution() == cells.resolution() && cells.contains(cell)));
    let text = serde_json::to_string(cells).unwrap();
    assert_eq!(serde_json::from_str::<Cells>(&text).unwrap(), *cells);
    assert_eq!(
        serde_json::to_value(cells.outline()).unwrap()["coordinates"].as_array().unwrap().len(),
        cells.iter().len()
    );
}

fn covered(cells: &[Cell]) {
    let Ok(jurisdiction) = Jurisdiction::new(cells.iter().copied()) else { return };
    compacted(&jurisdiction);
    assert!(cells.iter().all(|cell| jurisdiction.contains(*cell)));
    // And nothing else.
    assert!(jurisdiction.iter().all(|cell| is_covered(cell, cells, 3)));
}

/// Whether a cell is in one of these, or consists of such.
fn is_covered(cell: Cell, cells: &[Cell], left: u8) -> bool {
    cells.iter().any(|own| own.contains(cell))
        || left > 0
            && cell.children().next().is_some()
            && cell.children().all(|below| is_covered(below, cells, left - 1))
}

fn compacted(jurisdiction: &Jurisdiction) {
    assert!((1..=limits::JURISDICTION_CELLS).contains(&jurisdiction.iter().len()));
    assert!(jurisdiction.iter().is_sorted());
    for cell in jurisdiction.iter() {
        assert!(jurisdiction.contains(cell) && jurisdiction.meets(cell));
        assert!(jurisdiction.iter().all(|other| other == cell || !other.contains(cell)));
        assert!(
            !cell
                .parent()
                .is_some_and(|parent| parent.children().all(|child| jurisdiction.iter().any(|own| own == child)))
        );
    }
    assert_eq!(Jurisdiction::new(jurisdiction.iter()).as_ref(), Ok(jurisdiction));
    let text = serde_json::to_string(jurisdiction).unwrap();
    assert_eq!(serde_json::from_str::<Jurisdiction>(&text).unwrap(), *jurisdiction);
}
