// noVNC's client with two things of ours: the remote screen is never asked to be smaller than programs can be used in, and
// not at each step of a window that is being dragged. (Both overridden methods are noVNC's private ones, of 1.7.0.)
"use strict";
import RFB from "./vendor/novnc-1.7.0/core/rfb.js";
import { initLogging } from "./vendor/novnc-1.7.0/core/util/logging.js";

const SMALLEST = { wide: 960, high: 600 };  // below it KiCad's and Blender's tools do not fit; the picture is scaled instead
const SETTLES = 180;

initLogging("none");  // what goes wrong is said on the page

// What to ask for in a space of w × h: the same shape, at least the smallest.
export function asked({ w, h }) {
  const factor = Math.max(1, SMALLEST.wide / Math.max(w, 1), SMALLEST.high / Math.max(h, 1));
  return { w: Math.floor(w * factor), h: Math.floor(h * factor) };
}

export class Desktop extends RFB {
  // Whether the screen has the size that this window asks for.
  get isOurSize() {
    const { w, h } = asked(super._screenSize());
    return w === this._fbWidth && h === this._fbHeight;
  }

  // Whether one pixel there is one here.
  get isActualSize() {
    const { w, h } = super._screenSize();
    return Math.floor(w) === this._fbWidth && Math.floor(h) === this._fbHeight;
  }

  get canvas() {
    return this._canvas;
  }

  _screenSize() {
    const size = super._screenSize();
    return this._isAsking ? asked(size) : size;
  }

  _requestRemoteResize() {
    clearTimeout(this._settling);
    this._settling = setTimeout(() => {
      if (this._rfbConnectionState !== "connected") return;
      this._wasSized = this._isAsking = true;
      try {
        super._requestRemoteResize();
      } finally {
        this._isAsking = false;
      }
    }, this._wasSized ? SETTLES : 0);
  }
}
