/** What columns hold, as a part of a sentence. Runs in browsers. */
import type { ColumnState } from './columns.ts';
import { verifyLimits } from './limits.ts';
import { nameText, phraseText } from './texts.ts';

/** `holds: c = 5, d = {…}` */
export function holdsPhrase(states: readonly ColumnState[]): string {
  const held = states.filter(({ value }) => value !== undefined);
  if (held.length === 0) return 'is there, without values';
  const phrases: string[] = [];
  let length = 0;
  for (const { column, value } of held) {
    const phrase = `${nameText(column.name)} = ${phraseText(column.type, value!)}`;
    length += phrase.length;
    if (phrases.length > 0 && length > verifyLimits.phrasesMax) break;
    phrases.push(phrase);
  }
  const left = held.length - phrases.length;
  return `holds: ${phrases.join(', ')}${left === 0 ? '' : ` and ${left} more columns`}`;
}
