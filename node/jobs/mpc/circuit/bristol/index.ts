/** Circuits in and out of the Bristol text formats. */
export { type BristolExportOptions, bristolPieces, exportBristol } from './export.ts';
export {
  type BristolFormat,
  type BristolPorts,
  type InputPort,
  type OutputPort,
  portsOf,
} from './format.ts';
export { BristolImporter, importBristol, importBristolStream } from './import.ts';
