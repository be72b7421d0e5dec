#!/usr/bin/env python3
"""Writes tests/vectors/outside/h3.json: what the `h3` of PyPI says of some places, for the crate to be held against.

    python cells.py > ../vectors/outside/h3.json
"""

import json

import h3

# Towns, pentagons, a pole, and the meridian of 180 degrees.
PLACES = [(41.1, -80.65), (42.3601, -71.0589), (51.5074, -0.1278), (-33.8688, 151.2093), (0.0, 0.0), (89.9, 10.0),
          (-17.0, 179.999), (-17.0, -179.999), (58.157, 10.536), (10.447, 58.158)]


def place(latitude: float, longitude: float) -> dict:
    cell = h3.latlng_to_cell(latitude, longitude, 9)
    return {
        "latitude": latitude, "longitude": longitude, "cell": cell,
        "ancestors": [h3.cell_to_parent(cell, resolution) for resolution in range(8, -1, -1)],
        "neighbours": sorted(set(h3.grid_disk(cell, 1)) - {cell}),
        "children": sorted(h3.cell_to_children(cell, 10)),
        "corners": [[round(longitude, 7), round(latitude, 7)] for latitude, longitude in h3.cell_to_boundary(cell)],
        "disk": sorted(h3.grid_disk(cell, 4)), "compacted": sorted(h3.compact_cells(h3.grid_disk(cell, 4))),
    }


# A town and a county with a lake, as GeoJSON.
POLYGONS = [
    ([[[-80.652, 41.099], [-80.648, 41.099], [-80.648, 41.102], [-80.652, 41.102], [-80.652, 41.099]]], 9),
    ([[[-80.7, 41.0], [-80.5, 41.0], [-80.6, 41.2], [-80.7, 41.0]],
      [[-80.62, 41.05], [-80.60, 41.10], [-80.58, 41.05], [-80.62, 41.05]]], 8),
    ([[[-80.6501, 41.1], [-80.65, 41.1], [-80.65, 41.1001], [-80.6501, 41.1]]], 7),
]


def polygon(coordinates: list, resolution: int) -> dict:
    geometry = {"type": "Polygon", "coordinates": coordinates}
    cells = h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(geometry), resolution, contain="overlap")
    return {"geojson": json.dumps(geometry), "resolution": resolution, "cells": sorted(cells),
            "compacted": sorted(h3.compact_cells(cells))}


def pentagon(cell: str) -> dict:
    return {"cell": cell, "neighbours": sorted(set(h3.grid_disk(cell, 1)) - {cell}),
            "children": sorted(h3.cell_to_children(cell, h3.get_resolution(cell) + 1))}


def main() -> None:
    print(json.dumps({
        "places": [place(*each) for each in PLACES],
        "polygons": [polygon(*each) for each in POLYGONS],
        "pentagons": [pentagon(cell) for resolution in (0, 5, 9) for cell in sorted(h3.get_pentagons(resolution))[:3]],
    }, indent=1))


if __name__ == "__main__":
    main()
