//! Cells of the grid, alone, of a request and of a jurisdiction.
#![allow(clippy::unwrap_used)]

use footage::record::{Cell, Cells, CellsError, Jurisdiction};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/outside/h3.json")).unwrap()
}

fn cell(value: &Value) -> Cell {
    value.as_str().unwrap().parse().unwrap()
}

fn list(value: &Value) -> Vec<Cell> {
    value.as_array().unwrap().iter().map(cell).collect()
}

fn sorted(cells: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
    let mut cells: Vec<_> = cells.into_iter().collect();
    cells.sort_unstable();
    cells
}

#[test]
fn places_are_those_of_another_implementation() {
    let vectors = vectors();
    let places = vectors["places"].as_array().unwrap();
    assert_eq!(places.len(), 10);
    for place in places {
        let own = Cell::at(place["latitude"].as_f64().unwrap(), place["longitude"].as_f64().unwrap()).unwrap();
        assert_eq!(own, cell(&place["cell"]));
        let above: Vec<_> = core::iter::successors(own.parent(), |cell| cell.parent()).collect();
        assert_eq!(above, list(&place["ancestors"]));
        assert!(above.iter().all(|above| above.contains(own) && !own.contains(*above)));
        assert_eq!(sorted(own.neighbours()), list(&place["neighbours"]));
        assert_eq!(sorted(own.children()), list(&place["children"]));
        let disk = list(&place["disk"]);
        let jurisdiction = Jurisdiction::new(disk.iter().copied().chain(own.children())).unwrap();
        assert_eq!(jurisdiction.iter().collect::<Vec<_>>(), list(&place["compacted"]));
        assert!(disk.iter().all(|cell| jurisdiction.contains(*cell)));
        assert!(jurisdiction.meets(above[5]) && !jurisdiction.contains(above[5]));
        for other in disk.iter().filter(|other| **other != own) {
            assert_eq!(own.is_neighbour_of(*other), own.neighbours().any(|beside| beside == *other));
        }
    }
}

#[test]
fn pentagons_have_five_neighbours_and_six_children() {
    for pentagon in vectors()["pentagons"].as_array().unwrap() {
        let own = cell(&pentagon["cell"]);
        assert_eq!(sorted(own.neighbours()), list(&pentagon["neighbours"]));
        assert_eq!(sorted(own.children()), list(&pentagon["children"]));
        assert_eq!((own.neighbours().count(), own.children().count()), (5, 6));
        assert_eq!(Jurisdiction::new(own.children()).unwrap().iter().collect::<Vec<_>>(), [own]);
    }
}

#[test]
fn an_outline_is_that_of_another_implementation() {
    for place in vectors()["places"].as_array().unwrap() {
        let cells = Cells::new(vec![cell(&place["cell"])]).unwrap();
        let outline = serde_json::to_value(cells.outline()).unwrap();
        assert_eq!(outline["type"], "MultiPolygon");
        let ring = outline["coordinates"][0][0].as_array().unwrap();
        let expected = place["corners"].as_array().unwrap();
        assert_eq!((ring.first(), ring.len()), (ring.last(), expected.len() + 1));
        for (own, other) in ring.iter().zip(expected) {
            let [own, other] = [own, other].map(|corner| [0, 1].map(|axis| corner[axis].as_f64().unwrap()));
            // Across the meridian of 180 degrees, an outline goes on.
            assert!((own[0] - other[0]).rem_euclid(360.0).min(360.0 - (own[0] - other[0]).rem_euclid(360.0)) < 1e-6);
            assert!((own[1] - other[1]).abs() < 1e-6);
        }
        let longitudes: Vec<_> = ring.iter().map(|corner| corner[0].as_f64().unwrap()).collect();
        let width =
            longitudes.iter().fold(f64::MIN, |a, b| a.max(*b)) - longitudes.iter().fold(f64::MAX, |a, b| a.min(*b));
        assert!(width < 180.0, "{longitudes:?}");
    }
}

#[test]
fn a_request_names_one_to_twelve_connected_cells() {
    let centre = Cell::at(41.1, -80.65).unwrap();
    let around: Vec<_> = centre.neighbours().collect();
    let wide: Vec<_> = around.iter().flat_map(|cell| cell.neighbours()).filter(|cell| !around.contains(cell)).collect();
    let far = wide.iter().find(|cell| **cell != centre).copied().unwrap();
    for (latitude, longitude) in [(91.0, 0.0), (0.0, 181.0), (151.2, -33.8), (f64::NAN, 0.0)] {
        assert!(Cell::at(latitude, longitude).is_err());
    }
    assert_eq!(Cells::new(Vec::new()), Err(CellsError::Count { found: 0 }));
    assert_eq!(Cells::new(vec![centre; 2]), Err(CellsError::Twice(centre)));
    assert_eq!(Cells::new(vec![centre, far]), Err(CellsError::Apart(far)));
    let parent = centre.parent().unwrap();
    assert_eq!(Cells::new(vec![centre, parent]), Err(CellsError::Resolutions(centre, parent)));
    let mut all: Vec<_> = around.iter().chain(&wide).copied().chain([centre]).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 19);
    assert_eq!(Cells::new(all.clone()), Err(CellsError::Count { found: 19 }));
    // In any order.
    let one = Cells::new([&around[..], &[centre]].concat()).unwrap();
    let two = Cells::new([&[centre], &around[..]].concat()).unwrap();
    assert_eq!(one, two);
    assert!(one.contains(centre.children().next().unwrap()) && !one.contains(parent));
}

#[test]
fn a_jurisdiction_has_one_form() {
    let centre = Cell::at(41.1, -80.65).unwrap();
    let parent = centre.parent().unwrap();
    let whole = Jurisdiction::new([parent]).unwrap();
    assert_eq!(Jurisdiction::new(parent.children()).unwrap(), whole);
    assert_eq!(Jurisdiction::new(parent.children().flat_map(Cell::children).chain([centre, parent])).unwrap(), whole);
    assert_eq!(Jurisdiction::new(parent.children().skip(1)).unwrap().iter().count(), 6);
    assert!(whole.covers(&Cells::new(vec![centre]).unwrap()));
    assert!(!whole.covers(&Cells::new(vec![parent.parent().unwrap()]).unwrap()));
    assert!(Jurisdiction::new([]).is_err());
    let json = |cells: &[Cell]| {
        serde_json::from_value::<Jurisdiction>(serde_json::json!(
            cells.iter().map(ToString::to_string).collect::<Vec<_>>()
        ))
    };
    assert_eq!(json(&[parent]).unwrap(), whole);
}

/// With the feature `geojson`.
#[cfg(feature = "geojson")]
mod geojson {
    use footage::record::GeoJsonError;

    use super::*;

    #[test]
    fn polygons_are_covered_as_by_another_implementation() {
        for polygon in vectors()["polygons"].as_array().unwrap() {
            let (text, resolution) =
                (polygon["geojson"].as_str().unwrap(), polygon["resolution"].as_u64().unwrap() as u8);
            let jurisdiction = Jurisdiction::from_geojson(text, resolution).unwrap();
            assert_eq!(jurisdiction.iter().collect::<Vec<_>>(), list(&polygon["compacted"]));
            let cells = Cells::from_geojson(text, resolution);
            match list(&polygon["cells"]) {
                few if few.len() <= 12 => assert_eq!(cells.unwrap().iter().collect::<Vec<_>>(), few),
                many => assert!(
                    matches!(cells, Err(GeoJsonError::Cells(CellsError::Count { found })) if found == many.len())
                ),
            }
            let feature = format!(r#"{{"type":"Feature","properties":null,"geometry":{text}}}"#);
            assert_eq!(Jurisdiction::from_geojson(&feature, resolution).unwrap(), jurisdiction);
        }
    }

    #[test]
    fn what_is_no_polygon_is_refused() {
        let square = r#"{"type":"Polygon","coordinates":[[[-10,-10],[10,-10],[10,10],[-10,10],[-10,-10]]]}"#;
        let of = |text: &str, resolution| Jurisdiction::from_geojson(text, resolution).unwrap_err();
        assert!(matches!(of("{", 9), GeoJsonError::Syntax(_)));
        assert!(matches!(of(r#"{"type":"Point","coordinates":[0,0]}"#, 9), GeoJsonError::Geometry));
        assert!(matches!(of(r#"{"type":"FeatureCollection","features":[]}"#, 9), GeoJsonError::Geometry));
        assert!(matches!(of(square, 16), GeoJsonError::Resolution(16)));
        assert!(matches!(of(square, 12), GeoJsonError::TooLarge));
        for beyond in ["181,10", "10,91", "1000,10"] {
            assert!(matches!(of(&square.replace("10,10", beyond), 5), GeoJsonError::Position), "{beyond}");
        }
        // A polygon in another.
        let [one, other] =
            ["0,0],[0.1,0],[0.1,0.1],[0,0", "0,0],[0.1,0],[0.1,0.05],[0,0"].map(|ring| format!("[[[{ring}]]]"));
        let both = format!(r#"{{"type":"MultiPolygon","coordinates":[{one},{other}]}}"#);
        let first = format!(r#"{{"type":"Polygon","coordinates":{one}}}"#);
        assert_eq!(Jurisdiction::from_geojson(&both, 7).unwrap(), Jurisdiction::from_geojson(&first, 7).unwrap());
    }
}
