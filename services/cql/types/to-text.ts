/** Values as text: bare, as `CAST(x AS text)` gives them, and as constants of CQL, which give the value back when they are read. */
import type { CqlType, NativeName, Value } from './api.ts';
import { float32At, float64At, hexOf, int32At, int64At, textOfBytes } from './binary.ts';
import { listElements, mapEntries, setElements, tupleElements, vectorElements } from './collections.ts';
import { decimalText, decodeDecimal } from './decimal.ts';
import { decodeDuration, durationText } from './duration-value.ts';
import { doubleText, floatText } from './floating-text.ts';
import { inetText } from './inet-text.ts';
import { quoteName, quoteText } from './quoting.ts';
import { dateTextOfStored, timestampText, timeText } from './temporal-text.ts';
import { uuidText } from './uuid-text.ts';
import { decodeVarint } from './varint.ts';

const long = (value: Value) => int64At(value, 0).toString();

const natives: Readonly<Record<NativeName, (value: Value) => string>> = {
  ascii: textOfBytes,
  bigint: long,
  blob: (value) => `0x${hexOf(value)}`,
  boolean: ([byte]) => (byte === 0 ? 'false' : 'true'),
  counter: long,
  date: (value) => dateTextOfStored(int32At(value, 0)),
  decimal: (value) => decimalText(decodeDecimal(value)),
  double: (value) => doubleText(float64At(value, 0)),
  duration: (value) => durationText(decodeDuration(value)),
  float: (value) => floatText(float32At(value, 0)),
  inet: inetText,
  int: (value) => String(int32At(value, 0)),
  smallint: (value) => String(((value[0]! << 24) >> 16) | value[1]!),
  text: textOfBytes,
  time: (value) => timeText(int64At(value, 0)),
  timestamp: (value) => timestampText(int64At(value, 0), 'T'),
  timeuuid: uuidText,
  tinyint: ([byte]) => String((byte! << 24) >> 24),
  uuid: uuidText,
  varint: (value) => decodeVarint(value).toString(),
};

/** Of a validated value. An empty one of a type that has no empty text is `null`. */
export function nativeText(name: NativeName, value: Value): string {
  if (value.length === 0 && name !== 'text' && name !== 'ascii' && name !== 'blob') return 'null';
  return natives[name](value);
}

const quoted: ReadonlySet<NativeName> = new Set(['ascii', 'date', 'inet', 'text', 'time', 'timestamp']);

/** As a statement would write it. */
export function literalText(type: CqlType, value: Value | undefined): string {
  if (value === undefined) return 'null';
  switch (type.kind) {
    case 'native': {
      const text = nativeText(type.name, value);
      const isText = type.name === 'text' || type.name === 'ascii';
      return quoted.has(type.name) && (isText || value.length > 0) ? quoteText(text) : text;
    }
    case 'list':
      return `[${literals(type.element, listElements(value))}]`;
    case 'set':
      return `{${literals(type.element, setElements(value))}}`;
    case 'vector':
      return `[${literals(type.element, vectorElements(type, value))}]`;
    case 'map': {
      const parts = mapEntries(value).map((part, index) =>
        literalText(index % 2 === 0 ? type.key : type.value, part),
      );
      const entries = parts.flatMap((part, index) =>
        index % 2 === 0 ? [`${part}: ${parts[index + 1]}`] : [],
      );
      return `{${entries.join(', ')}}`;
    }
    case 'tuple': {
      const parts = tupleElements(value, type.elements.length);
      return `(${type.elements.map((element, index) => literalText(element, parts[index])).join(', ')})`;
    }
    case 'udt': {
      const parts = tupleElements(value, type.fields.length);
      const fields = type.fields.map(
        (field, index) => `${quoteName(field.name)}: ${literalText(field.type, parts[index])}`,
      );
      return `{${fields.join(', ')}}`;
    }
    case 'custom':
      return `0x${hexOf(value)}`;
  }
}

function literals(type: CqlType, values: readonly Value[]): string {
  return values.map((value) => literalText(type, value)).join(', ');
}
