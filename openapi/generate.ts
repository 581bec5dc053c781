/**
 * Makes gen/admin.ts from admin.yaml: `node openapi/generate.ts`. A test makes it again and compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { generateModule } from './generator.ts';

const source = new URL('admin.yaml', import.meta.url);
const target = new URL('gen/admin.ts', import.meta.url);

/** The generated text, as it should stand in the file. */
export function generateAdmin(): string {
  return generateModule(parse(readFileSync(source, 'utf8')), 'openapi/admin.yaml');
}

if (import.meta.main) writeFileSync(target, generateAdmin());
