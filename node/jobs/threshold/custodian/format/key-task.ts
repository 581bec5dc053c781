/**
 * A task as bytes, version 1: version (1) ‖ kind (1) ‖ handle (16) ‖ what belongs to the kind. Byte strings and the names of schemes
 * have their length before them.
 */
import { type Bytes, type KeyScheme, type KeyTask, keySchemes } from '../../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import { malformed } from '../../errors.ts';
import { custodianLimits } from '../limits.ts';

const version = 1;
export const handleBytes = 16;

const codes: Readonly<Record<KeyTask['kind'], number>> = {
  create: 1,
  import: 2,
  evaluate: 3,
  sign: 4,
  power: 5,
  agree: 6,
  mac: 7,
  erase: 8,
};
const kinds = new Map(Object.entries(codes).map(([kind, code]) => [code, kind as KeyTask['kind']]));

/** @throws RangeError for a handle that is not one */
export function encodeKeyTask(task: KeyTask): Bytes {
  if (task.handle.length !== handleBytes) throw new RangeError('a handle has 16 bytes');
  const writer = new MessageWriter().u8(version).u8(codes[task.kind]).bytes(task.handle);
  switch (task.kind) {
    case 'create':
    case 'import':
      return writer.field(Buffer.from(task.scheme, 'ascii')).done();
    case 'evaluate':
      return writer.field(task.input).done();
    case 'sign':
      return writer
        .u8(task.prehashed === true ? 1 : 0)
        .field(task.message)
        .done();
    case 'power':
      return writer.field(task.value).done();
    case 'agree':
      return writer.field(task.point).done();
    case 'mac':
      return writer.field(task.message).done();
    case 'erase':
      return writer.done();
  }
}

/** @throws ThresholdAbort `malformed` */
export function decodeKeyTask(bytes: Bytes): KeyTask {
  return readMessage(bytes, undefined, (reader) => {
    if (reader.u8('the version of a task') !== version) malformed(undefined, 'unknown version of a task');
    const kind = kinds.get(reader.u8('the kind of a task'));
    if (kind === undefined) malformed(undefined, 'unknown kind of a task');
    return readTask(kind, reader.bytes(handleBytes, 'the handle'), reader);
  });
}

function readTask(kind: KeyTask['kind'], handle: Bytes, reader: MessageReader): KeyTask {
  const field = (what: string) => reader.field(custodianLimits.taskBytesMax, what);
  switch (kind) {
    case 'create':
    case 'import':
      return { kind, handle, scheme: schemeOf(field('the scheme')) };
    case 'evaluate':
      return { kind, handle, input: field('the input') };
    case 'sign': {
      const flag = reader.u8('whether the message is a digest');
      if (flag > 1) malformed(undefined, 'a flag that is neither 0 nor 1');
      const message = field('the message');
      return { kind, handle, message, ...(flag === 1 ? { prehashed: true } : {}) };
    }
    case 'power':
      return { kind, handle, value: field('the value') };
    case 'agree':
      return { kind, handle, point: field('the point') };
    case 'mac':
      return { kind, handle, message: field('the message') };
    case 'erase':
      return { kind, handle };
  }
}

function schemeOf(bytes: Bytes): KeyScheme {
  const name = Buffer.from(bytes).toString('latin1');
  const scheme = keySchemes.find((one) => one === name);
  return scheme ?? malformed(undefined, 'unknown scheme of a key');
}
