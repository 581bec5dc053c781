/** Every type of value and every kind of effect. */

import { aclEffectKinds } from '../effects/acl-effects.ts';
import type { EffectKind } from '../effects/effect-kind.ts';
import { functionEffectKinds } from '../effects/function-effects.ts';
import { hashEffectKinds } from '../effects/hash-effects.ts';
import { keyEffectKinds } from '../effects/key-effects.ts';
import { listEffectKinds } from '../effects/list-effects.ts';
import { setEffectKinds } from '../effects/set-effects.ts';
import { streamEffectKinds } from '../effects/stream-effects.ts';
import { stringEffectKinds } from '../effects/string-effects.ts';
import { zsetEffectKinds } from '../effects/zset-effects.ts';
import type { ValueType } from '../value.ts';
import { hashType } from './hash-type.ts';
import { listType } from './list-type.ts';
import { setType } from './set-type.ts';
import { streamType } from './stream-type.ts';
import { stringType } from './string-type.ts';
import { zsetType } from './zset-type.ts';

// biome-ignore lint/suspicious/noExplicitAny: a type is only given its own values
export const valueTypes: readonly ValueType<any>[] = [
  hashType,
  listType,
  setType,
  streamType,
  stringType,
  zsetType,
];

export const effectKinds: readonly EffectKind[] = [
  ...aclEffectKinds,
  ...functionEffectKinds,
  ...hashEffectKinds,
  ...keyEffectKinds,
  ...listEffectKinds,
  ...setEffectKinds,
  ...streamEffectKinds,
  ...stringEffectKinds,
  ...zsetEffectKinds,
];
