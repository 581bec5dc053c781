/** The delay function in a worker thread of Node.js. Verification and the rest, which run in browsers too: `../index.ts`. */
export { nativeMayBePrime } from './native-prime.ts';
export {
  type RequestOptions,
  type VdfAnswer,
  VdfWorker,
  VdfWorkerError,
  type VdfWorkerErrorCode,
  type VdfWorkerOptions,
} from './worker-client.ts';
