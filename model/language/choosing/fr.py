"""French."""

PHRASES = {
    "lack_value": "sans valeur : compte comme ne valant rien",
    "lack_cost": "sans coût dans l'unité du budget : sous un budget, on ne peut pas le choisir",
    "lack_size": "sans taille : pas de WSJF",
    "lack_benefit": "sans bénéfice ni coût en argent : pas de rendement",
    "lack_risk": "sans risque : absent de valeur contre risque",
    "lack_part": "personne n'a noté {part} : cette partie compte 0",
    "bar_needs_elsewhere": "a besoin de {about}, un candidat ailleurs",
    "bar_excludes_active": "exclut {about}, qui est actif",
    "bar_demand_past": "demande des personnes en {about}, qui est passé : à replanifier",
    "budget": "le budget est de {allowed}, il faudrait {needed}",
    "capacity": "{other} en {about} : il reste {allowed}, il faudrait {needed}",
    "capacity_twice": (
        "{other} en {about} : il faudrait {needed} sur {allowed} de personnes demandées aussi pour une autre compétence"
    ),
    "needs": "{one} a besoin de {other}",
    "excludes": "{one} et {other} s'excluent",
    "mandatory": "{one} est obligatoire",
    "required": "{one} est demandé",
    "excluded": "{one} doit rester dehors",
    "cost_unknown": "le coût de {one} n'est pas connu",
    "barred": "{one} {why}",
    "worthless": "ici, il ne vaut rien",
    "no_candidates": "Il n'y a pas de candidat ici : c'est un projet avec state: candidate.",
    "no_budget": "Il n'y a pas de budget : le coût ne limite rien. Donner un budget au nœud, ou demander avec --budget.",
    "overcommitted": "Les projets actifs ont {committed} d'un budget de {budget} : il ne reste rien pour les candidats.",
    "uncommitted": (
        "{count:projet actif n'a|projets actifs n'ont} pas de budget en {unit} : rien n'est déduit pour eux."
    ),
    "no_skills": "Personne sous people: n'a de skills : la capacité ne limite rien.",
    "no_value": "Sans valeur, et donc sans intérêt ici : {names}.",
    "no_cost": "Sans coût en {unit}, et donc jamais choisis : {names}.",
    "any_unit": "aucune unité",
    "unpriced": "Le coût de {count:n} des choisis n'est pas connu : il manque dans la somme.",
    "gap": "Jusqu'à {gap} de valeur en plus est possible : la recherche s'est arrêtée avant la preuve du meilleur choix.",
    "skill_missing": "Personne n'a la compétence {skill}, dont {names} aurait besoin.",
    "overloaded": "Les projets actifs ont besoin de {hours} de {skill} en {quarter} que personne n'a.",
    "unestimated": (
        "{count:élément ouvert ne donne|éléments ouverts ne donnent} pas d'heures, et ceux qui les ont en ont trop peu terminé "
        "pour le dire : rien n'est réservé pour eux, il y a donc moins de capacité qu'affiché."
    ),
    "people_at": "Ce que les personnes peuvent faire a été compté le {at}.",
}
