/** Every type of value and every kind of effect. */
import type { EffectKind } from '../effects/effect-kind.ts';
import { keyEffectKinds } from '../effects/key-effects.ts';
import { setEffectKinds } from '../effects/set-effects.ts';
import { stringEffectKinds } from '../effects/string-effects.ts';
import type { ValueType } from '../value.ts';
import { setType } from './set-type.ts';
import { stringType } from './string-type.ts';

// biome-ignore lint/suspicious/noExplicitAny: a type is only given its own values
export const valueTypes: readonly ValueType<any>[] = [setType, stringType];

export const effectKinds: readonly EffectKind[] = [
  ...keyEffectKinds,
  ...setEffectKinds,
  ...stringEffectKinds,
];
