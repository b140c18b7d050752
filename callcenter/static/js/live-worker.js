// One stream for all tabs of one login. It asks the pages every 5 s whether they live; they vouch, not we.
import { Stream } from "./stream.js";

const ports = new Set();
const tellAll = (message) => ports.forEach((port) => port.postMessage(message));
const stream = new Stream(tellAll);

self.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.type === "hello") {
      stream.start(data.after);
      port.postMessage({ type: "chip", chip: stream.chip });
    } else if (data.type === "bye") {
      ports.delete(port);
    } else if (data.type === "close") {
      stream.stop();
      self.close();
    }
  };
  port.start();
};
setInterval(() => tellAll({ type: "ping" }), 5000);
