/** CPython as WebAssembly, from the package `pyodide`, so that it lives under Node's permissions and says what it writes where a log reads it. */
import { constants as fileConstants } from 'node:fs';
import { constants as systemConstants } from 'node:os';
import { pathToFileURL } from 'node:url';

/**
 * @param {string} folder of the package
 * @param {Record<string, unknown>} options of loadPyodide
 */
export async function loadInterpreter(folder, options) {
  // Its file system asks for these by a call that is gone under --permission.
  process.binding = () => ({ fs: fileConstants, os: systemConstants });
  const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
  const python = await loadPyodide({ env: { HOME: '/tmp' }, ...options });
  // A code that it does not know is no error to it.
  for (const code of ['ERR_ACCESS_DENIED', 'ERR_FS_CP_EINVAL'])
    python.ERRNO_CODES[code] ??= python.ERRNO_CODES.EACCES;
  return python;
}

/** Folders of the process, at the same places. @param {readonly string[]} folders */
export function mountFolders(python, folders) {
  for (const folder of folders) {
    if (!python.FS.analyzePath(folder).exists) python.FS.mkdirTree(folder);
    python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, folder);
  }
}

/** @param {(fd: number, bytes: Uint8Array) => void} write */
export function connectOutput(python, write) {
  const to = (fd) => ({
    write(bytes) {
      write(fd, bytes);
      return bytes.length;
    },
    // Written is written; and Node's own call is refused under --permission.
    fsync: () => undefined,
  });
  python.setStdin({ stdin: () => null });
  python.setStdout(to(1));
  python.setStderr(to(2));
}
