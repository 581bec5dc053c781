/**
 * `mac.import`: pieces of a key that the gateway has for a moment and deals. The custodian checks them against the commitments and
 * signs for these; it takes them over with `mac.keep`, once t + 1 members signed for the same.
 */
import { MessageWriter, readMessage } from '../../codec.ts';
import { malformed } from '../../errors.ts';
import type { Handler } from '../../party.ts';
import { checkMacCommittee, decodeCommon, opens, othersThan, readOpening } from '../pieces.ts';
import { macSchemeOf } from '../schemes.ts';
import { statementOf } from '../statements.ts';
import { refuseExisting } from './call.ts';
import { newKey } from './create.ts';
import { keepPending } from './keep.ts';

export const importHandler: Handler = {
  kind: 'mac.import',
  access: 'task',
  bodyBytesMax: 1024,
  async handle(party, { body, task }) {
    checkMacCommittee(party.committee);
    if (task?.kind !== 'import' || !task.scheme.startsWith('hmac-'))
      malformed(undefined, 'bringing in a key needs a task that asks for it');
    const scheme = macSchemeOf(task.scheme);
    const { common, openings } = readMessage(body, undefined, (reader) => ({
      common: reader.field(256, 'public part'),
      openings: new Map(othersThan(party.me).map((lacking) => [lacking, readOpening(reader, scheme)])),
    }));
    decodeCommon(scheme, common);
    const key = { ...newKey(task), common };
    for (const [lacking, opening] of openings) {
      if (!opens(key, lacking, opening)) malformed(undefined, 'a piece is not the one committed to');
    }
    await refuseExisting(party, task.handle);
    keepPending(party, key, openings);
    return new MessageWriter().field(party.identity.sign('mac.made', statementOf(key))).done();
  },
};
