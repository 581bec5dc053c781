/** Distances on the globe, in metres, and the units commands know. */
import type { Position } from './geohash.ts';

/** Radius of the sphere that Redis calculates with. */
export const earthRadiusMetres = 6372797.560856;

const radiansPerDegree = Math.PI / 180;

export function radians(degrees: number): number {
  return degrees * radiansPerDegree;
}

export function degrees(radiansValue: number): number {
  return radiansValue / radiansPerDegree;
}

/** Along a meridian. */
export function latitudeDistance(from: number, to: number): number {
  return earthRadiusMetres * Math.abs(radians(to) - radians(from));
}

/** Great-circle distance by the haversine formula (R. W. Sinnott, "Virtues of the Haversine", 1984). */
export function distance(from: Position, to: Position): number {
  const v = Math.sin((radians(to.longitude) - radians(from.longitude)) / 2);
  // On one meridian the formula comes down to this, without its rounding.
  if (v === 0) return latitudeDistance(from.latitude, to.latitude);
  const fromLatitude = radians(from.latitude);
  const toLatitude = radians(to.latitude);
  const u = Math.sin((toLatitude - fromLatitude) / 2);
  const a = u * u + Math.cos(fromLatitude) * Math.cos(toLatitude) * v * v;
  return 2 * earthRadiusMetres * Math.asin(Math.sqrt(a));
}

/** Metres in a unit, or undefined when there is no such unit. */
export function metresIn(unit: string): number | undefined {
  switch (unit.toLowerCase()) {
    case 'm':
      return 1;
    case 'km':
      return 1000;
    case 'ft':
      return 0.3048;
    case 'mi':
      return 1609.34;
    default:
      return undefined;
  }
}

/** Four digits behind the point; halves go to the even digit. */
export function distanceText(value: number): string {
  const scaled = value * 10000;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  const rounded = up ? below + 1 : below;
  return `${Math.floor(rounded / 10000)}.${String(rounded % 10000).padStart(4, '0')}`;
}

/** A coordinate as Redis shows it: up to 17 digits behind the point. */
export function coordinateText(value: number): string {
  const text = value.toFixed(17);
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end--;
  if (text.charCodeAt(end - 1) === 46) end--;
  return text.slice(0, end);
}
