/**
 * `key.handles`: which keys a custodian has shares of, in pages. `key.buried`: whether it erased one. Handles are random and no secret: the
 * coordinator knows them.
 */
import type { Bytes } from '../../../api/index.ts';
import { keySchemes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { keyLifeLimits } from '../dkg/limits.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import type { Handler, ListedShare } from '../party.ts';
import { upkeepLimits as limits } from './limits.ts';

const { handleBytes } = keyLifeLimits;

export interface HandlePage {
  /** In the order of handles, all behind the one that was named. */
  readonly keys: readonly ListedShare[];
  readonly isLast: boolean;
}

const handlesHandler: Handler = {
  kind: 'key.handles',
  access: 'free',
  bodyBytesMax: handleBytes,
  async handle({ keys }, { body }) {
    if (body.length !== 0 && body.length !== handleBytes) malformed(undefined, 'a handle has 16 bytes');
    if (keys.list === undefined)
      throw new ThresholdAbort('unavailable', undefined, 'its keys cannot be listed');
    const found: ListedShare[] = [];
    let after = body.length === 0 ? undefined : body;
    let isLast = false;
    while (!isLast && found.length < limits.pageHandlesMax) {
      const some = await keys.list(after, limits.pageHandlesMax - found.length);
      // Entries of a key that is being made or refreshed stand under other schemes.
      found.push(...some.filter(({ scheme }) => (keySchemes as readonly string[]).includes(scheme)));
      isLast = some.length === 0;
      after = some.at(-1)?.handle;
    }
    const writer = new MessageWriter().u8(isLast ? 1 : 0);
    const write = ({ handle, scheme }: ListedShare) =>
      void writer.bytes(handle).field(Buffer.from(scheme, 'latin1'));
    return writer.list(found, write).done();
  },
};

/** Answers 1 when the key was erased here: whoever says so gets no share. */
const buriedHandler: Handler = {
  kind: 'key.buried',
  access: 'free',
  bodyBytesMax: handleBytes,
  async handle({ keys }, { body }) {
    if (body.length !== handleBytes) malformed(undefined, 'a handle has 16 bytes');
    return Uint8Array.of((await keys.isBuried?.(body)) === true ? 1 : 0);
  },
};

export const upkeepHandlers: readonly Handler[] = [handlesHandler, buriedHandler];

/** @param after nothing, or a handle. @throws ThresholdAbort `malformed` */
export function readHandlePage(answer: Bytes, from: number, after: Bytes): HandlePage {
  const page = readMessage(answer, from, (reader): HandlePage => {
    const isLast = reader.u8('whether it is the last page') === 1;
    const keys = reader.list(limits.pageHandlesMax, 'handles', () => ({
      handle: reader.bytes(handleBytes, 'a handle'),
      scheme: Buffer.from(reader.field(limits.schemeCharsMax, 'a scheme')).toString('latin1'),
    }));
    return { keys, isLast };
  });
  const isShort = !page.isLast && page.keys.length < limits.pageHandlesMax;
  let before = after;
  for (const { handle } of page.keys) {
    if (Buffer.compare(handle, before) <= 0) malformed(from, 'handles that are not in order');
    before = handle;
  }
  if (isShort) malformed(from, 'a page that ends too early');
  return page;
}
