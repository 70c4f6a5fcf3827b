/** The map, drawn by Leaflet. */

import { h } from "../common/dom.js";
import { tileLayer } from "../common/leaflet.js";
import { icon } from "./icons.js";

const ZOOM_NEAR = 17;
const SIGNS = { found: "check", open: "pin", void: "undo" };

/**
 * @param {Object} L
 * @param {HTMLElement} container
 * @param {{url: string, attribution: string, max_zoom: number}|null} tiles
 * @param {{onWalk: (lat: number, lon: number) => void, onPlace: (id: string) => void}} on
 */
export function createLeafletMap(L, container, tiles, on) {
  const map = L.map(container, { attributionControl: false, zoomSnap: 0.5 }).setView([20, 0], 2);
  map.on("click", ({ latlng }) => on.onWalk(latlng.lat, latlng.wrap().lng));
  if (tiles) addTiles(L, map, tiles);
  const markers = new Map();
  const me = createMe(L);
  let hasFitted = false;
  let places = [];
  let own = null;

  function fit(isAsked) {
    const points = [...places.map((one) => one.at), ...(own ? [[own.lat, own.lon]] : [])];
    if (!points.length || (hasFitted && !isAsked)) return;
    hasFitted = true;
    if (isAsked && own) map.setView([own.lat, own.lon], Math.max(map.getZoom(), ZOOM_NEAR - 1));
    else map.fitBounds(L.latLngBounds(points), { padding: [50, 50], maxZoom: ZOOM_NEAR });
  }

  return {
    setPlaces(list) {
      places = list;
      const ids = new Set(list.map((one) => one.id));
      for (const [id, marker] of markers) {
        if (!ids.has(id)) (marker.remove(), markers.delete(id));
      }
      for (const place of list) drawPlace(L, map, markers, place, on.onPlace);
      fit(false);
    },
    setOwn(fix) {
      const isFirst = !own && fix;
      own = fix;
      me.draw(map, fix);
      if (isFirst) fit(false);
    },
    centre: () => fit(true),
    resize: () => map.invalidateSize(),
  };
}

/** Only while there is a network: pictures that cannot come need not be asked for. */
function addTiles(L, map, tiles) {
  const layer = tileLayer(L, tiles, { className: "tiles" });
  const follow = () => (navigator.onLine ? layer.addTo(map) : layer.remove());
  addEventListener("online", follow);
  addEventListener("offline", follow);
  follow();
}

function drawPlace(L, map, markers, place, onPlace) {
  const key = `${place.state} ${place.at} ${place.name} ${place.radius_m}`;
  const known = markers.get(place.id);
  if (known?.key === key) return;
  known?.remove();
  const sign = h("span", { class: `pin ${place.state}` }, icon(SIGNS[place.state]));
  const pin = L.marker(place.at, {
    icon: L.divIcon({
      html: sign,
      className: "pin-holder",
      iconSize: [40, 40],
      iconAnchor: [20, 20],
    }),
    title: place.name,
    alt: place.name,
  }).on("click", () => onPlace(place.id));
  pin.bindTooltip(h("span", {}, place.name), { direction: "top", offset: [0, -18] });
  const layers = [pin];
  if (place.radius_m) {
    layers.unshift(
      L.circle(place.at, { radius: place.radius_m, className: "radius", interactive: false }),
    );
  }
  const group = L.layerGroup(layers).addTo(map);
  group.key = key;
  markers.set(place.id, group);
}

/** The phone itself, with the circle it may be in. */
function createMe(L) {
  let dot = null;
  let circle = null;
  return {
    draw(map, fix) {
      if (!fix) {
        dot?.remove();
        circle?.remove();
        dot = circle = null;
        return;
      }
      const at = [fix.lat, fix.lon];
      if (!dot) {
        const look = { interactive: false };
        circle = L.circle(at, { ...look, radius: fix.accuracy, className: "accuracy" }).addTo(map);
        const html = h("span", { class: "me" });
        dot = L.marker(at, {
          ...look,
          keyboard: false,
          icon: L.divIcon({ html, className: "me-holder", iconSize: [22, 22] }),
        }).addTo(map);
      }
      dot.setLatLng(at);
      circle.setLatLng(at).setRadius(fix.accuracy);
    },
  };
}
