/* Helps where it can: the phone's position, the map, smaller photos. Every page works without it. */
(() => {
  "use strict";
  const box = document.querySelector("[data-locate]");
  if (box) locate(box);
  const photos = document.querySelector("form[data-photos]");
  if (photos) shrink(photos);

  function load(tag, attributes) {
    return new Promise((done, failed) => {
      const node = Object.assign(document.createElement(tag), attributes);
      node.onload = done;
      node.onerror = () => failed(new Error("not loaded"));
      document.head.append(node);
    });
  }

  function locate(box) {
    const form = box.querySelector("form"), said = box.querySelector("[data-said]");
    const { lng, lat, accuracy } = form.elements, take = box.querySelector("[data-take]");
    const gps = box.querySelector("[data-gps]"), show = box.querySelector("[data-show-map]"), frame = box.querySelector("[data-map-box]");
    box.hidden = false;
    if (!navigator.geolocation) gps.hidden = true;
    gps.addEventListener("click", () => {
      said.textContent = "正在定位，请稍候。";
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        [lng.value, lat.value, accuracy.value] = [coords.longitude, coords.latitude, Math.round(coords.accuracy)];
        form.submit();
      }, () => { said.textContent = "没有得到手机的位置。请在地图上指，或按街道、社区选择。"; }, { enableHighAccuracy: true, timeout: 12000, maximumAge: 30000 });
    });
    let map = null;
    show.addEventListener("click", async () => {
      frame.hidden = !frame.hidden;
      show.setAttribute("aria-expanded", String(!frame.hidden));
      if (map || frame.hidden) return;
      said.textContent = "正在打开地图，请稍候。";
      try {
        await Promise.all([load("link", { rel: "stylesheet", href: box.dataset.leafletCss }), load("script", { src: box.dataset.leaflet })]);
        await load("script", { src: box.dataset.map });
        map = window.WanggeMap(frame.querySelector("[data-the-map]"), {
          cells: box.dataset.cells,
          pick: (place) => {
            [lng.value, lat.value, accuracy.value] = [place.lng, place.lat, ""];
            take.disabled = false;
            said.textContent = place.cell ? `已选：${place.cell.name}。` : "已选的位置不在网格内，请重新指。";
          },
        });
        await map.ready;
        map.fit();
        said.textContent = "";
      } catch {
        frame.hidden = true;
        said.textContent = "地图暂时打不开。请按街道、社区选择。";
      }
    });
  }

  async function smaller(file) {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 600000) return file;
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, 2000 / Math.max(image.width, image.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  }

  function shrink(form) {
    const input = form.querySelector("input[type=file]"), said = form.querySelector("[data-said]");
    input.addEventListener("change", async () => {
      if (!input.files.length) return;
      const buttons = form.querySelectorAll("button");
      buttons.forEach((b) => { b.disabled = true; });
      said.textContent = "正在压缩照片，请稍候。";
      try {
        const sent = new DataTransfer();
        for (const file of input.files) sent.items.add(await smaller(file).catch(() => file));
        input.files = sent.files;
      } catch { /* an old browser sends the photos as they are */ }
      said.textContent = `已选 ${input.files.length} 张。`;
      buttons.forEach((b) => { b.disabled = false; });
    });
  }
})();
