/** The condition of a view as text, in which a column gets another name. */
import { quoteName } from '../../types/quoting.ts';

/** Strings, names in quotes, UUIDs and numbers, words; what else there is stays where it is. */
const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d[\w.]*|[A-Za-z_]\w*(?=\s*(\()?)/g;

export function renameInWhere(where: string, from: string, to: string): string {
  return where.replace(tokens, (token: string, call: string | undefined) => {
    if (token.startsWith('"'))
      return token.slice(1, -1).replaceAll('""', '"') === from ? quoteName(to) : token;
    // A word before a parenthesis is the name of a function, or IN.
    const isName = /^[A-Za-z_]/.test(token) && call === undefined;
    return isName && token.toLowerCase() === from && token === quoteName(token) ? quoteName(to) : token;
  });
}
