// What a camera reads from a QR code as a browser painted it.
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const jsQR = require('jsqr');
const {PNG} = require('pngjs');

// Of a picture; undefined when there is no code to read.
export function qrText(png) {
  const {data, width, height} = PNG.sync.read(png);
  return jsQR(new Uint8ClampedArray(data), width, height)?.data;
}
