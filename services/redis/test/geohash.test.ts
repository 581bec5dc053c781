/** Positions, their numbers, and the cells around an area. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coveringCells, distanceWithin, type GeoShape } from '../model/geo-area.ts';
import { coordinateText, distance, distanceText } from '../model/geo-distance.ts';
import {
  cellOf,
  cellScores,
  geohashText,
  latitudeMax,
  type Position,
  positionOf,
  scoreOf,
  stepMax,
} from '../model/geohash.ts';

const palermo = { longitude: 13.361389, latitude: 38.115556 };
const catania = { longitude: 15.087269, latitude: 37.502669 };

const positions = fc.record({
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  latitude: fc.double({ min: -latitudeMax, max: latitudeMax, noNaN: true }),
});

test('the published numbers and texts of two towns', () => {
  expect(scoreOf(palermo)).toBe(3479099956230698);
  expect(scoreOf(catania)).toBe(3479447370796909);
  expect(geohashText(positionOf(3479099956230698))).toBe('sqc8b49rny0');
  expect(geohashText(positionOf(3479447370796909))).toBe('sqdtr74hyu0');
  expect(distanceText(distance(positionOf(scoreOf(palermo)), positionOf(scoreOf(catania))))).toBe(
    '166274.1516',
  );
  expect(coordinateText(positionOf(3479099956230698).longitude)).toBe('13.36138933897018433');
});

test('a score says where its position is to within half a cell', () => {
  fc.assert(
    fc.property(positions, (position) => {
      const found = positionOf(scoreOf(position));
      // The easternmost column has a bit more than a score's doubles hold: the lowest one, of the latitude, is lost, as in Redis.
      const isLast = cellOf(position, stepMax).column === 2 ** stepMax;
      expect(Math.abs(found.longitude - position.longitude)).toBeLessThanOrEqual(1.01 * (180 / 2 ** 26));
      expect(Math.abs(found.latitude - position.latitude)).toBeLessThanOrEqual(
        (isLast ? 3.01 : 1.01) * (latitudeMax / 2 ** 26),
      );
    }),
    { examples: [[{ longitude: 180, latitude: 9.456699923394693 }]] },
  );
});

test('any score is somewhere', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (score) => {
      const { longitude, latitude } = positionOf(score);
      expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
      expect(Math.abs(latitude)).toBeLessThanOrEqual(latitudeMax);
    }),
  );
});

test.each([
  [0, '0.0000'],
  [0.00004, '0.0000'],
  [0.00006, '0.0001'],
  [0.99996, '1.0000'],
  [12.34565, '12.3456'],
  [0.00125, '0.0012'],
  [0.00135, '0.0014'],
  [20_015_086.796, '20015086.7960'],
])('the distance %d is shown as %s', (value, text) => {
  expect(distanceText(value)).toBe(text);
});

describe('the cells around an area hold every position in it', () => {
  const near = (shape: GeoShape, position: Position): void => {
    const where = positionOf(scoreOf(position));
    if (distanceWithin(shape, where) === undefined) return;
    const score = scoreOf(where);
    const holding = coveringCells(shape).filter((cell) => {
      const { min, max } = cellScores(cell);
      return score >= min && score < max;
    });
    expect(holding.length).toBeGreaterThan(0);
  };
  // Away from the edges of the map and the poles, where Redis itself finds less than all.
  const centres = fc.record({
    longitude: fc.double({ min: -120, max: 120, noNaN: true }),
    latitude: fc.double({ min: -60, max: 60, noNaN: true }),
  });
  const offset = fc.double({ min: -1, max: 1, noNaN: true });

  test('circles', () => {
    fc.assert(
      fc.property(
        centres,
        fc.double({ min: 1, max: 500_000, noNaN: true }),
        offset,
        offset,
        (centre, radiusMetres, x, y) => {
          const degrees = radiusMetres / 100_000;
          near(
            { kind: 'circle', centre, radiusMetres },
            { longitude: centre.longitude + x * degrees * 2, latitude: centre.latitude + y * degrees },
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('rectangles', () => {
    const metres = fc.double({ min: 1, max: 500_000, noNaN: true });
    fc.assert(
      fc.property(centres, metres, metres, offset, offset, (centre, widthMetres, heightMetres, x, y) => {
        near(
          { kind: 'box', centre, widthMetres, heightMetres },
          {
            longitude: centre.longitude + (x * widthMetres) / 100_000,
            latitude: centre.latitude + (y * heightMetres) / 200_000,
          },
        );
      }),
      { numRuns: 2000 },
    );
  });
});
