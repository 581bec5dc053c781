/** Random values for shapes, for tests: deterministic from a seed, plain enough to survive every protocol. */
import type { MemberSchema, ServiceSchemas, Shape } from '../../definition.ts';

/** mulberry32: a small, well-known 32-bit generator. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HEADER_TEXT = [
  'a',
  'B7',
  'with space',
  'semi;colon',
  'a=b',
  "it's",
  'x&y',
  '<tag>',
  '100%',
  '~-_.!*()',
];
const BODY_TEXT = [
  ...HEADER_TEXT,
  'ünïcödé',
  '日本語',
  '😀',
  'a\nb',
  'tab\there',
  'quote"d',
  'cr\rhere',
  ']]>',
  '&amp;',
];
const LABEL_TEXT = [
  'key',
  'a/b',
  'with space',
  'plus+sign',
  'ü',
  'per%cent',
  'que?stion',
  'a//b',
  '日本',
  "q'uote",
];

export interface ValueOptions {
  readonly schemas: ServiceSchemas;
  readonly random: () => number;
  /** Chance that an optional member is set. */
  readonly density: number;
  /** Nested structures have at least one member: forms cannot say that one is empty. */
  readonly neverEmpty?: boolean;
  /** Asked first: null leaves the member out, anything but undefined is taken. */
  readonly override?: (name: string, member: MemberSchema, shape: Shape) => unknown;
}

export function randomStructure(options: ValueOptions, name: string, depth = 0): Record<string, unknown> {
  const shape = options.schemas.shapes[name];
  if (shape?.type !== 'structure') throw new Error(`${name} is not a structure`);
  const value: Record<string, unknown> = {};
  const members = Object.entries(shape.members);
  members.forEach(([key, member], index) => {
    const forced = options.override?.(key, member, options.schemas.shapes[member.shape]!);
    if (forced === null) return;
    const kept =
      options.neverEmpty === true &&
      depth > 0 &&
      index === members.length - 1 &&
      Object.keys(value).length === 0;
    const wanted =
      options.random() < options.density || member.required === true || forced !== undefined || kept;
    if (wanted) value[key] = forced ?? randomValue(options, member, depth + 1, member.location);
  });
  return value;
}

function randomValue(
  o: ValueOptions,
  member: MemberSchema,
  depth: number,
  location: MemberSchema['location'],
): unknown {
  const shape = o.schemas.shapes[member.shape]!;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(o.random() * items.length)]!;
  switch (shape.type) {
    case 'structure':
      return depth > 8 ? {} : randomStructure(o, member.shape, depth);
    case 'list': {
      const length = 1 + Math.floor(o.random() * 3);
      return Array.from({ length }, () => randomValue(o, shape.member, depth + 1, location));
    }
    case 'map': {
      const length = 1 + Math.floor(o.random() * 3);
      const entries = Array.from({ length }, (_, i) => [
        `key-${i}`,
        randomValue(o, shape.value, depth + 1, location),
      ]);
      return Object.fromEntries(entries);
    }
    case 'string':
      if (location === 'label') return pick(LABEL_TEXT);
      // The client leaves line ends in attributes unescaped; XML turns them to spaces.
      return location !== undefined || member.xmlAttribute === true ? pick(HEADER_TEXT) : pick(BODY_TEXT);
    case 'boolean':
      return o.random() < 0.5;
    case 'int64':
    case 'integer':
    case 'long':
      return Math.floor(o.random() * 2 ** (o.random() < 0.5 ? 10 : 40));
    case 'double':
      return Math.round(o.random() * 1e6) / 1e3;
    case 'timestamp': {
      const seconds = Math.floor(o.random() * 2 ** 31);
      const whole =
        member.timestampFormat === 'http-date' ||
        (location !== undefined && member.timestampFormat === undefined);
      return new Date(seconds * 1000 + (whole ? 0 : Math.floor(o.random() * 1000)));
    }
    case 'blob':
    case 'streaming':
      return new Uint8Array(
        Array.from({ length: Math.floor(o.random() * 20) + 1 }, () => Math.floor(o.random() * 256)),
      );
    default:
      throw new Error(`no random value for ${shape.type}`);
  }
}
