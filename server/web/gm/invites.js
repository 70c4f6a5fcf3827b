/** Invitations: another game master, a volunteer at a station, somebody who only looks. */

import { fill, h, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { copyButton } from "./copy.js";
import { openDialog } from "./dialog.js";
import { cardHead, labelled, refillSelect, select, soft, submit } from "./parts.js";
import { isInUse, twoStep } from "./twostep.js";
import { placeName } from "./words.js";

const ROLES = ["master", "station", "viewer"];
const NAME_MAX = 32;

/** @param {import("./desk.js").Desk} desk */
export function makeInvites(desk) {
  const list = h("ul", { class: "plain lines" });
  const form = inviteForm(desk);
  const node = h(
    "section",
    { class: "card panel", "data-test": "invites" },
    cardHead(t("invitesTitle")),
    soft(t("invitesHelp")),
    form.node,
    h("h3", {}, t("invitedTitle")),
    list,
  );
  let drawn = null;
  return {
    node,
    draw() {
      const { model } = desk;
      show(node, desk.may("invite") && Boolean(model.hunt));
      form.draw();
      if (drawn === model.staff || isInUse(list)) return;
      drawn = model.staff;
      fill(
        list,
        model.staff.length
          ? model.staff.map((one) => staffLine(desk, one))
          : h("li", { class: "soft" }, t("nobody")),
      );
    },
  };
}

function staffLine(desk, one) {
  const role =
    t(`rights_${one.role}`) + (one.location ? ` · ${placeName(desk.model, one.location)}` : "");
  return h(
    "li",
    { class: "row", "data-test": "invited", "data-staff": one.id },
    h("div", { class: "grow" }, h("b", {}, one.name), h("div", { class: "soft small" }, role)),
    twoStep({
      label: t("revoke"),
      confirm: t("confirm_revoke"),
      test: "revoke",
      consequences: () => [t("revoke_1", { name: one.name }), t("revoke_2")],
      act: () => desk.command({ t: "revoke", staff: one.id }, t("done_revoke", { name: one.name })),
    }),
  );
}

function inviteForm(desk) {
  const name = h("input", {
    class: "input",
    maxlength: NAME_MAX,
    required: true,
    "data-test": "invite-name",
  });
  const roles = ROLES.map((one) => [one, t(`rights_${one}`)]);
  const role = select(roles, { "data-test": "invite-role", onchange: () => desk.redraw() });
  const place = select([], { "data-test": "invite-place" });
  const placeField = labelled(t("place"), place);
  const help = h("p", { class: "soft small" });
  const onsubmit = (event) => {
    event.preventDefault();
    invite(desk, name.value.trim(), role.value, place.value);
    name.value = "";
  };
  const node = h(
    "form",
    { class: "stack", onsubmit },
    h("div", { class: "pair" }, labelled(t("name"), name), labelled(t("role"), role)),
    placeField,
    help,
    h("div", {}, submit(t("invite"), { class: "primary small", "data-test": "invite" })),
  );
  let drawn = null;
  function draw() {
    show(placeField, role.value === "station");
    fill(help, t(`roleHelp_${role.value}`));
    if (drawn === desk.model.places) return;
    drawn = desk.model.places;
    const places = [...drawn.values()];
    refillSelect(
      place,
      places.map((one) => h("option", { value: one.id }, one.name)),
    );
  }
  return { node, draw };
}

async function invite(desk, name, role, location) {
  const place = role === "station" ? { location } : {};
  const answer = await desk.command({ t: "invite", name, role, ...place });
  if (answer.staff) showInvitation(answer.staff);
}

/** The token is shown once: the server keeps only what it can recognise it by. */
function showInvitation(staff) {
  const link = `${location.origin}/gm#token=${encodeURIComponent(staff.token)}`;
  openDialog(t("invitedOnce", { name: staff.name }), () => [
    h("p", { class: "notice warn" }, t("invitedOnceHelp")),
    secret(t("invitationLink"), link, "invitation-link"),
    secret(t("signToken"), staff.token, "invitation-token"),
  ]);
}

function secret(word, text, test) {
  return h(
    "div",
    { class: "field" },
    h("span", {}, word),
    h(
      "div",
      { class: "row" },
      h("code", { class: "secret grow", "data-test": test }, text),
      copyButton(() => text),
    ),
  );
}
