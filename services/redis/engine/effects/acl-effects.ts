/** Effects on users: recorded in engine/acl/acl.ts. The key is the user's name, the database 0. */
import { aclEffects } from '../acl/acl.ts';
import type { EffectKind } from './effect-kind.ts';

export const aclEffectKinds: EffectKind[] = [
  {
    code: aclEffects.userSet,
    name: 'set user',
    apply(_database, name, body, engine) {
      while (!body.done) {
        const rules: string[] = [];
        for (let left = body.varint(); left > 0; left--) rules.push(body.string());
        engine.acl.restoreUser(name, rules);
      }
    },
  },
  {
    code: aclEffects.userDeleted,
    name: 'delete user',
    apply(_database, name, body, engine) {
      while (!body.done) {
        body.u8();
        engine.acl.restoreDeletion(name);
      }
    },
  },
];
