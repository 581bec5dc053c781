/** PostgreSQL's text form of arrays: `{1,NULL,"a \"b\""}`, nested, with bounds in front where they are not the usual ones. */
export type ArrayItems = readonly (string | null | ArrayItems)[];

export function parseArray(text: string): ArrayItems {
  const start = text.indexOf('{');
  const stack: (string | null | ArrayItems)[][] = [];
  let at = start;
  for (;;) {
    const char = text[at];
    if (char === '{') {
      const items: (string | null | ArrayItems)[] = [];
      stack.at(-1)?.push(items);
      stack.push(items);
      at++;
    } else if (char === '}') {
      const items = stack.pop()!;
      if (stack.length === 0) return items;
      at++;
    } else if (char === ',') at++;
    else if (char === undefined) throw new Error('an array of the engine has no end');
    else at = readItem(text, at, stack.at(-1)!);
  }
}

function readItem(text: string, at: number, items: (string | null | ArrayItems)[]): number {
  if (text[at] !== '"') {
    let end = at;
    while (text[end] !== ',' && text[end] !== '}') end++;
    const word = text.slice(at, end);
    items.push(word === 'NULL' ? null : word);
    return end;
  }
  let value = '';
  let i = at + 1;
  for (; text[i] !== '"'; i++) {
    if (text[i] === '\\') i++;
    value += text[i];
  }
  items.push(value);
  return i + 1;
}
