/**
 * Paging states go to clients and come back: sealed, so that what comes back is what was given. They are not secret: all that is in them the
 * client has seen. An HMAC-SHA-256, cut to 16 bytes, stands in front.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { CqlError } from '../errors.ts';
import type { PagingSeal } from '../ops/api.ts';

const tagBytes = 16;

/** @param key the same in every gateway whose clients may change between them */
export function pagingSeal(key: Uint8Array): PagingSeal {
  const tagOf = (state: Uint8Array) => createHmac('sha256', key).update(state).digest().subarray(0, tagBytes);
  return {
    seal: (state) => Buffer.concat([tagOf(state), state]),
    open: (sealed) => {
      const state = sealed.subarray(tagBytes);
      if (sealed.length >= tagBytes && timingSafeEqual(tagOf(state), sealed.subarray(0, tagBytes)))
        return state;
      throw new CqlError('protocol', 'Invalid value for the paging state');
    },
  };
}
