/** What of a module and everything of ours that it imports would not run in a browser. */
import { readFileSync } from 'node:fs';

const importing = /(?:^|\n)\s*(?:import|export)(\s+type)?\b(?:[^;'"`]*?\bfrom)?\s*'([^'\n]+)'/g;
const nodeOnly = /\b(?:Buffer|process|__dirname|require)\b/;

export function findNodeOnly(entry: URL): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  const queue = [entry];
  for (let url = queue.pop(); url !== undefined; url = queue.pop()) {
    if (seen.has(url.href)) continue;
    seen.add(url.href);
    const name = url.pathname.split('/').slice(-3).join('/');
    const text = readFileSync(url, 'utf8');
    const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*/g, '');
    if (nodeOnly.test(code)) faults.push(`${name} uses ${nodeOnly.exec(code)![0]}`);
    for (const [, typeOnly, specifier] of text.matchAll(importing)) {
      if (typeOnly !== undefined) continue;
      if (specifier!.startsWith('.')) queue.push(new URL(specifier!, url));
      else if (!specifier!.startsWith('@noble/')) faults.push(`${name} imports ${specifier}`);
    }
  }
  if (seen.size < 2) faults.push(`${entry.pathname} imports nothing of ours`);
  return faults;
}
