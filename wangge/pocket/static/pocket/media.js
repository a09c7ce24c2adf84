/** Photos and sound as files of the queue: small, upright, without what the camera wrote beside the picture. */
import { files } from "./store.js";

const LONGEST = 1600, QUALITY = 0.82;

async function keep(account, bytes, type) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha = [...digest].map((b) => b.toString(16).padStart(2, "0")).join("");
  await files.put({ account, sha, bytes, type, at: Date.now(), sent: false });
  return sha;
}

/** Shrink a photo to at most 1600 pixels, keep it, return its SHA-256. Throws a sentence when it is no picture. */
export async function keepPhoto(account, file) {
  let bitmap;
  try { bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }); }
  catch { throw new Error("这张照片无法读取，请重新拍摄。"); }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  canvas.width = canvas.height = 0;
  if (!blob) throw new Error("照片没有存下来，请重新拍摄。");
  return keep(account, await blob.arrayBuffer(), "image/jpeg");
}

export async function urlOf(account, sha) {
  const file = await files.get(account, sha);
  return file ? URL.createObjectURL(new Blob([file.bytes], { type: file.type })) : "";
}

export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder);

/** Record at most a minute. Returns {stop, done}: `done` resolves with the SHA-256. */
export async function record(account) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream), parts = [];
  recorder.ondataavailable = (event) => { if (event.data.size) parts.push(event.data); };
  const done = new Promise((resolve, reject) => {
    recorder.onstop = async () => {
      clearTimeout(limit);
      for (const track of stream.getTracks()) track.stop();
      const type = (recorder.mimeType || "audio/webm").split(";")[0];
      try { resolve(await keep(account, await new Blob(parts, { type }).arrayBuffer(), type)); } catch (error) { reject(error); }
    };
  });
  recorder.start();
  const limit = setTimeout(() => recorder.state !== "inactive" && recorder.stop(), 60000);
  return { stop: () => recorder.state !== "inactive" && recorder.stop(), done };
}
