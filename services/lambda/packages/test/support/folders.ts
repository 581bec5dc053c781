/** Folders of tests, gone with them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { removeTree } from '../../remove-tree.ts';

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hg-packages-'));
  onTestFinished(() => removeTree(folder));
  return folder;
}
