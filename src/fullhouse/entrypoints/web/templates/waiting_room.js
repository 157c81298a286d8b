const button = document.querySelector("button");
button.addEventListener("click", () => location.reload());
button.hidden = false;
