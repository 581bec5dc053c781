/** Every type of value and every kind of effect. */
import type { EffectKind } from '../effects/effect-kind.ts';
import { hashEffectKinds } from '../effects/hash-effects.ts';
import { keyEffectKinds } from '../effects/key-effects.ts';
import { listEffectKinds } from '../effects/list-effects.ts';
import { streamEffectKinds } from '../effects/stream-effects.ts';
import type { ValueType } from '../value.ts';
import { hashType } from './hash-type.ts';
import { listType } from './list-type.ts';
import { streamType } from './stream-type.ts';
import { stringType } from './string-type.ts';

// biome-ignore lint/suspicious/noExplicitAny: a type is only given its own values
export const valueTypes: readonly ValueType<any>[] = [stringType, listType, hashType, streamType];

export const effectKinds: readonly EffectKind[] = [
  ...keyEffectKinds,
  ...listEffectKinds,
  ...hashEffectKinds,
  ...streamEffectKinds,
];
