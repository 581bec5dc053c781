/** Effects on libraries of functions: recorded in engine/scripting/libraries.ts. */
import { FormatError } from '@hypergate/kit/bytes';
import { RedisError } from '../errors.ts';
import { functionEffects } from '../scripting/function-effect-codes.ts';
import type { EffectKind } from './effect-kind.ts';

export const functionEffectKinds: EffectKind[] = [
  {
    code: functionEffects.load,
    name: 'load functions',
    apply(_database, _key, body, engine) {
      while (!body.done) {
        try {
          engine.scripts.libraries.load(body.string(), { replace: true, replaying: true });
        } catch (error) {
          if (!(error instanceof RedisError)) throw error;
          throw new FormatError(`a library does not load: ${error.message}`);
        }
      }
    },
  },
  {
    code: functionEffects.delete,
    name: 'delete functions',
    apply(_database, _key, body, engine) {
      while (!body.done) engine.scripts.libraries.delete(body.string());
    },
  },
  {
    code: functionEffects.flush,
    name: 'flush functions',
    apply(_database, _key, body, engine) {
      while (!body.done) {
        body.u8();
        engine.scripts.libraries.flush();
      }
    },
  },
];
