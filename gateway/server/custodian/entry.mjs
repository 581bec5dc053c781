/** What starts in the process of a custodian: compiled code is kept between starts before any of it is loaded. */
import { keepCompiledCode } from '../compile-cache.mjs';

keepCompiledCode();
await import('./main.ts');
