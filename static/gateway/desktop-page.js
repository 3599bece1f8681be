// The page around a desktop, or around the page of an app that draws itself: begins what this one has. What it may do is
// in the attributes of the body; what it says, in those of #words.
"use strict";
import { beginPanels } from "./desktop-panels.js";
import { beginScreen } from "./desktop-full.js";

const { frame, viewOnly, files } = document.body.dataset;

beginPanels();
beginScreen();
if (files !== undefined) (await import("./desktop-files.js")).beginFiles();
if (frame === "desktop") (await import("./desktop-stream.js")).beginStream(viewOnly !== undefined);
