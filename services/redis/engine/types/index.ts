/** Every type of value and every kind of effect. */
import type { EffectKind } from '../effects/effect-kind.ts';
import { functionEffectKinds } from '../effects/function-effects.ts';
import { keyEffectKinds } from '../effects/key-effects.ts';
import type { ValueType } from '../value.ts';
import { stringType } from './string-type.ts';

// biome-ignore lint/suspicious/noExplicitAny: a type is only given its own values
export const valueTypes: readonly ValueType<any>[] = [stringType];

export const effectKinds: readonly EffectKind[] = [...functionEffectKinds, ...keyEffectKinds];
