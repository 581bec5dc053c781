/** Why a zip file is not taken. The reason decides what the client is told; the sentence goes along where AWS has none. */
export type ZipFault =
  /** There is no file in it. */
  | 'empty'
  /** More comes out of it than may. */
  | 'too-large'
  /** It is no zip file, or contradicts itself. */
  | 'damaged'
  /** Encrypted, split, or compressed in a way that is not read here. */
  | 'unsupported'
  /** Its names or links lead somewhere else, or it is made to cost more than it is worth. */
  | 'hostile';

export class ZipRefused extends Error {
  readonly fault: ZipFault;
  constructor(fault: ZipFault, message: string) {
    super(message);
    this.name = 'ZipRefused';
    this.fault = fault;
  }
}
