/** A custodian, and control calls with the next number each; handles and key ids count with the numbers. */
import { createHash } from 'node:crypto';
import type { AuditedCall, Bytes } from '@hypergate/node/api';
import { granteeBucket, type Input } from '../../engine/index.ts';
import { audited, type Custodian, custodian, type Recording, type Signed } from './audited.ts';
import { startMs } from './world.ts';

export const handleAt = (number: number): string => number.toString(16).padStart(32, '0');
export const keyIdAt = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
export const bytesOf = (hex: string): Bytes => new Uint8Array(Buffer.from(hex, 'hex'));
export const hashOf = (message: Uint8Array, hash = 'sha256'): Bytes =>
  new Uint8Array(createHash(hash).update(message).digest());

/** Revision of calls that use a key. */
export const revision = 5 * 4096 + 1;
export const alpha: Bytes = new Uint8Array(32).fill(3);
export const context = { tenant: 'a' };
/** A handle that no key has. */
export const otherHandle: Bytes = bytesOf('ee'.repeat(16));

export class Custody {
  readonly one: Custodian = custodian();
  sequence = 0;

  /** Not yet taken in. */
  control(
    operation: string,
    input: Input = {},
    more: Partial<Signed> = {},
    row: Recording['row'] = {},
  ): AuditedCall {
    this.sequence += 1;
    const { sequence } = this;
    const grantee = typeof input.GranteePrincipal === 'string' ? input.GranteePrincipal : '';
    const choices = {
      keyId: keyIdAt(sequence),
      handle: handleAt(sequence),
      materialId: 'f'.repeat(64),
      grantId: granteeBucket(grantee) + sequence.toString(16).padStart(62, '0'),
    };
    const nowMs = more.signedAtMs ?? startMs;
    return audited({ operation, input, ...more }, { control: { sequence, nowMs, choices }, row });
  }

  async take(
    ...args: Parameters<Custody['control']>
  ): Promise<{ readonly keyId: string; readonly handle: Bytes }> {
    await this.one.authority.apply(this.control(...args));
    return { keyId: keyIdAt(this.sequence), handle: bytesOf(handleAt(this.sequence)) };
  }
}
